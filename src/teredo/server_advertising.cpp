// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Router Solicitations and what they are answered with (RFC 4380 §5.3.2, RFC 5991 §3.2).
#include "teredo/server.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::teredo {
namespace {

using Advertisement = StaticBytes<wire::kMaximumAuthenticationSize + wire::kOriginSize +
                                  wire::kRouterAdvertisementSize>;

ServiceSocket other(ServiceSocket socket) {
    return socket == ServiceSocket::kPrimary ? ServiceSocket::kSecondary : ServiceSocket::kPrimary;
}

// RFC 4380 §5.3.2: identifier and nonce as they came, where they came. `packet` is the
// advertisement, which an authentication value covers.
void write_authentication(MutableBytes to,
                          const wire::Authentication& asked,
                          const ServerAuthentication::Answer& answer,
                          Endpoint origin,
                          Bytes packet) {
    wire::Authentication echoed{asked.client_identifier, {}, asked.nonce, answer.confirmation};
    wire::HmacSha1::Value value{};
    if (answer.mac != nullptr) {
        value = wire::authentication_value(*answer.mac, echoed, origin, packet);
        echoed.value = value;
    }
    wire::write_authentication(to, echoed);
}

// How long the answer's authentication header is: none without one in the solicitation.
std::size_t authentication_size(const wire::TeredoDatagram& solicitation,
                                const ServerAuthentication::Answer& answer) {
    if (!solicitation.authentication) {
        return 0;
    }
    const std::size_t value = answer.mac != nullptr ? wire::HmacSha1::kSize : 0;
    return wire::size_of({solicitation.authentication->client_identifier, {}, 0, 0}) + value;
}

}  // namespace

Server::Refusal Server::answer_solicitation(const Reception& reception) {
    const wire::Ipv6Packet& packet = reception.teredo.packet;
    if (!packet.source().is_link_local() || !wire::is_valid_router_solicitation(packet)) {
        return DropReason::kSolicitationInvalid;
    }
    // A client here could not be reached: nothing is forwarded to our own addresses.
    if (is_own(reception.from.address)) {
        return DropReason::kOwnOuterSource;
    }
    const bool wants_other_address = wire::has_cone_bit(packet.source());
    if (wants_other_address && !settings_.secondary) {
        return DropReason::kNoOtherAddress;
    }
    // Before the limits: what does not authenticate must not use up somebody's share.
    const auto answer = authentication_.judge(reception.teredo);
    if (!answer) {
        return answer.error();
    }
    if (!limits_.try_answer(reception.now, reception.from.address)) {
        return DropReason::kRateLimited;
    }
    Advertisement advertisement;
    const MutableBytes header =
        advertisement.extend(authentication_size(reception.teredo, *answer));
    wire::write_origin(advertisement.extend(wire::kOriginSize), reception.from);
    const MutableBytes answering = advertisement.extend(wire::kRouterAdvertisementSize);
    advertisement_.write(answering, packet.source());
    if (reception.teredo.authentication) {
        write_authentication(
            header, *reception.teredo.authentication, *answer, reception.from, answering);
    }
    reception.output.send(wants_other_address ? other(reception.socket) : reception.socket,
                          reception.from,
                          advertisement.bytes());
    ++counters_.advertisements_sent;
    ++counters_.consumed;
    return std::nullopt;
}

}  // namespace miredo::teredo
