// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The procedures that a client may do without, and what comes to their sockets: refresh interval
// determination (RFC 4380 §5.2.7) and local discovery (§5.2.8).
#include "teredo/client.hpp"

namespace miredo::teredo {

// Our address is new, or gone; or so are the settings. They begin anew, or end.
void Client::begin_procedures(Instant now, Output& output) {
    const std::optional<Ipv6Address>& own = qualification_.address();
    qualification_.use_refresh_interval(settings_.refresh_interval);
    if (own && settings_.determines_refresh_interval) {
        determination_.start({*own, *qualification_.servers()}, settings_.refresh_interval, output);
    } else {
        determination_.stop(output);
    }
    if (own && settings_.discovers_locally) {
        discovery_.start(now);
    } else {
        discovery_.stop();
    }
}

void Client::handle_secondary_port(Instant now, Output& output) {
    determination_.handle_open_port(now, output);
}

void Client::run_procedures(Instant now, Output& output) {
    determination_.handle_timeout(now, output);
    if (discovery_.is_on()) {
        discovery_.handle_timeout(now, *qualification_.address(), output);
    }
}

void Client::receive_elsewhere(Instant now, const Datagram& datagram, Output& output) {
    const Result<Received, DropReason> received = parse(now, datagram);
    if (!received) {
        return counters_.drop(received.error());
    }
    const std::optional<DropReason> reason = datagram.socket == ServiceSocket::kSecondary
                                                 ? receive_on_secondary_port(now, *received, output)
                                                 : receive_discovery(now, *received, output);
    return reason ? counters_.drop(*reason) : consume();
}

std::optional<DropReason>
Client::receive_on_secondary_port(Instant now, const Received& received, Output& output) {
    const std::optional<DropReason> reason =
        determination_.handle_datagram(now, received.from, received.datagram, rules_, output);
    if (!reason && determination_.interval()) {
        qualification_.use_refresh_interval(*determination_.interval());
    }
    return reason;
}

// RFC 4380 §5.2.3, case 4. It makes nobody trusted: anybody can send one.
std::optional<DropReason>
Client::receive_discovery(Instant now, const Received& received, Output& output) {
    const std::optional<Ipv6Address>& own = qualification_.address();
    if (!own) {
        return DropReason::kNotQualified;
    }
    if (const auto reason = discovery_.check(
            received.from, received.packet(), *own, *qualification_.mapped(), rules_)) {
        return reason;
    }
    const bool is_new = peers_.find(received.source) == nullptr;
    Peer* const peer = obtain_teredo(now, received.source, received.teredo_source->mapped);
    if (peer == nullptr) {
        return DropReason::kPeerTableFull;
    }
    peer->by_kind = LocalPeer{received.from, now};
    if (is_new) {
        // An older one keeps its own: what counts for it is what it sent where it is trusted.
        peer->last_rx = now;
    }
    return hole_punching_.send_direct_answer(
               now, {received.source, *own, received.from, std::nullopt}, output)
               ? std::nullopt
               : std::optional{DropReason::kAnswerRateLimited};
}

// RFC 4380 §5.2.4, case 3, for the first tries: one who has left the link is asked as anybody else
// after that.
std::optional<Endpoint> Client::local_target(Instant now, const Peer& peer) const {
    constexpr std::uint8_t kLocalTries = 2;
    return discovery_.is_on() && peer.attempts < kLocalTries ? peer.local_endpoint(now)
                                                             : std::nullopt;
}

BubbleResult Client::attempt_locally(Instant now, Peer& peer, Endpoint target, Output& output) {
    const Ipv6Address& own = *qualification_.address();
    const BubbleResult result = hole_punching_.send_locally(now, peer, own, target, output);
    if (result == BubbleResult::kSent) {
        discovery_.send(own, output);
    }
    return result;
}

}  // namespace miredo::teredo
