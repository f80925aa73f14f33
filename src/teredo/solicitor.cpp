// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/solicitor.hpp"

#include "wire/ndp.hpp"

namespace miredo::teredo {
namespace {

constexpr std::uint32_t kMaximumMtu = 65535;

using Solicitation = StaticBytes<wire::kMaximumAuthenticationSize + wire::kRouterSolicitationSize>;

// RFC 4380 §5.2.1 and RFC 4861 §6.1.2: one prefix, of the Teredo service and of our server (its
// secondary address may name itself), and the origin.
Result<Advertised, DropReason> read(Endpoint from,
                                    const wire::TeredoDatagram& datagram,
                                    const ServerAddresses& servers,
                                    const TargetRules& rules) {
    const auto advertisement = wire::parse_router_advertisement(datagram.packet);
    if (!advertisement || datagram.packet.destination() != wire::kClientLinkLocal ||
        advertisement->prefix_count != 1 || advertisement->prefix.length != 64) {
        return Failure{DropReason::kAdvertisementInvalid};
    }
    const auto prefix = wire::TeredoAddress::parse(advertisement->prefix.address);
    const std::uint32_t mtu = advertisement->mtu.value_or(wire::kMinimumMtu);
    const bool is_ours =
        prefix && (prefix->server == servers.primary || prefix->server == from.address);
    if (!is_ours || mtu < wire::kMinimumMtu || mtu > kMaximumMtu) {
        return Failure{DropReason::kAdvertisementInvalid};
    }
    if (!datagram.origin || datagram.origin->port == 0 ||
        !rules.is_usable(datagram.origin->address) || rules.is_own_server(*datagram.origin)) {
        return Failure{DropReason::kAdvertisementOrigin};
    }
    return Advertised{.origin = *datagram.origin, .mtu = static_cast<std::uint16_t>(mtu)};
}

}  // namespace

Solicitor::Solicitor(RandomSource& random, Counters& counters, const ClientSettings& settings)
    : random_{random}, counters_{counters} {
    apply(settings);
}

bool Solicitor::apply(const ClientSettings& settings) {
    if (settings.secret == secret_) {
        return false;
    }
    secret_ = settings.secret;
    mac_.reset();
    if (secret_) {
        mac_.emplace(secret_->key);
    }
    return true;
}

void Solicitor::send(Instant now,
                     ServiceSocket socket,
                     Ipv4Address server,
                     SolicitationNonces& nonces,
                     Output& output) {
    const wire::RouterSolicitationPacket packet =
        wire::build_router_solicitation(wire::kClientLinkLocal);
    wire::Authentication authentication;
    authentication.nonce = random_.uint64();
    nonces.add(now, authentication.nonce);
    wire::HmacSha1::Value value{};
    if (secret_) {
        value = wire::authentication_value(*mac_, authentication, std::nullopt, packet.bytes());
        authentication.client_identifier = secret_->client_identifier;
        authentication.value = value;
    }
    Solicitation datagram;
    wire::write_authentication(datagram.extend(wire::size_of(authentication)), authentication);
    static_cast<void>(datagram.append(packet.bytes()));
    output.send(socket, Endpoint{server, wire::kTeredoPort}, datagram.bytes());
    ++counters_.solicitations_sent;
}

Result<Advertised, DropReason> Solicitor::judge(Instant now,
                                                Endpoint from,
                                                const wire::TeredoDatagram& datagram,
                                                const ServerAddresses& servers,
                                                SolicitationNonces& nonces,
                                                const TargetRules& rules) {
    if (!nonces.is_waiting(now)) {
        return Failure{DropReason::kAdvertisementUnexpected};
    }
    const auto sent_at =
        datagram.authentication ? nonces.find(now, datagram.authentication->nonce) : std::nullopt;
    if (!sent_at) {
        return Failure{DropReason::kAdvertisementNonce};
    }
    if (secret_ && !is_authentic(datagram)) {
        return Failure{DropReason::kAdvertisementNotAuthentic};
    }
    nonces.spend(datagram.authentication->nonce);
    Result<Advertised, DropReason> advertised = read(from, datagram, servers, rules);
    if (advertised) {
        advertised->is_key_outdated = secret_ && datagram.authentication->confirmation != 0;
        advertised->rtt = now - *sent_at;
    }
    return advertised;
}

// RFC 4380 §5.3.2: the identifier comes back as it was; the value covers all but it.
bool Solicitor::is_authentic(const wire::TeredoDatagram& datagram) {
    return equal(datagram.authentication->client_identifier, secret_->client_identifier) &&
           wire::is_authentic(*mac_, datagram);
}

}  // namespace miredo::teredo
