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

// RFC 4380 §5.3.2: identifier and nonce as they came, where they came.
Advertisement build_advertisement(const wire::TeredoDatagram& solicitation,
                                  const ServerAuthentication::Answer& answer,
                                  Endpoint origin,
                                  const wire::RouterAdvertisementValues& values) {
    const wire::RouterAdvertisementPacket packet = wire::build_router_advertisement(values);
    Advertisement result;
    if (solicitation.authentication) {
        const wire::Authentication& asked = *solicitation.authentication;
        wire::Authentication echoed{asked.client_identifier, {}, asked.nonce, answer.confirmation};
        wire::HmacSha1::Value value{};
        if (answer.mac != nullptr) {
            value = wire::authentication_value(*answer.mac, echoed, origin, packet.bytes());
            echoed.value = value;
        }
        wire::write_authentication(result.extend(wire::size_of(echoed)), echoed);
    }
    wire::write_origin(result.extend(wire::kOriginSize), origin);
    static_cast<void>(result.append(packet.bytes()));
    return result;
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
    const wire::TeredoAddress advertised{settings_.primary, 0, {}};
    const Advertisement advertisement =
        build_advertisement(reception.teredo,
                            *answer,
                            reception.from,
                            {.source = link_local_,
                             .destination = packet.source(),
                             .prefix = Ipv6Address{advertised.to_ipv6(settings_.prefix).high(), 0},
                             .mtu = settings_.advertised_mtu});
    reception.output.send(wants_other_address ? other(reception.socket) : reception.socket,
                          reception.from,
                          advertisement.bytes());
    ++counters_.advertisements_sent;
    ++counters_.consumed;
    return std::nullopt;
}

}  // namespace miredo::teredo
