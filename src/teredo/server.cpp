// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/server.hpp"

#include <algorithm>
#include <utility>

#include "teredo/inner_checks.hpp"
#include "teredo/received_datagram.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_address.hpp"
#include "wire/trailers.hpp"

namespace miredo::teredo {
namespace {

// What a connectivity test needs, with room to spare for Miredo's form of it; more would make the
// server a way to carry data.
constexpr std::size_t kMaximumEchoSize = wire::kIcmpv6HeaderSize + wire::kMaximumEchoData;
// All trailers of RFC 6081 in one bubble take 44 bytes.
constexpr std::size_t kMaximumTrailers = 64;

using Forwarded =
    StaticBytes<wire::kOriginSize + wire::kIpv6HeaderSize + kMaximumEchoSize + kMaximumTrailers>;

// The identifier that servers, and nobody else, use as the source of what they say (RFC 4380 §4).
bool is_server_link_local(const Ipv6Address& address) {
    const auto flags = static_cast<std::uint16_t>(address.low() >> 48U);
    const auto port = static_cast<std::uint16_t>(~(address.low() >> 32U));
    return address.is_link_local() && (flags & wire::kConeFlag) != 0 && port == wire::kTeredoPort;
}

Ipv6Address server_link_local(const ServerSettings& settings) {
    return wire::teredo_link_local(wire::kConeFlag, {settings.primary, wire::kTeredoPort});
}

// RFC 4380 §5.3.2. Whichever address was asked, it is the primary one that clients embed.
wire::RouterAdvertisementTemplate make_advertisement(const ServerSettings& settings) {
    const wire::TeredoAddress advertised{settings.primary, 0, {}};
    return wire::RouterAdvertisementTemplate{
        {.source = server_link_local(settings),
         .destination = {},
         .prefix = Ipv6Address{advertised.to_ipv6(settings.prefix).high(), 0},
         .mtu = settings.advertised_mtu}};
}

// RFC 4380 §5.3.1 rule 2, as narrow as §5.3 means it: bubbles and connectivity tests.
std::optional<DropReason> check_kind(const wire::Ipv6Packet& packet) {
    if (packet.is_bubble()) {
        return std::nullopt;
    }
    if (packet.next_header() != wire::kIcmpv6) {
        return DropReason::kNotBubbleNorEcho;
    }
    if (packet.payload().size() > kMaximumEchoSize) {
        return DropReason::kEchoTooLarge;
    }
    if (!wire::parse_echo(packet)) {
        return DropReason::kNotBubbleNorEcho;
    }
    return std::nullopt;
}

}  // namespace

Server::Server(ServerSettings settings, RandomSource& random, Instant /*now*/)
    : settings_{std::move(settings)},
      link_local_{server_link_local(settings_)},
      advertisement_{make_advertisement(settings_)},
      authentication_{random},
      limits_{random, settings_.shards} {
    authentication_.apply(settings_);
}

void Server::handle_datagram(Instant now, const Datagram& datagram, Output& output) {
    ++counters_.datagrams_received;
    if (const Refusal refusal = receive(now, datagram, output)) {
        counters_.drop(*refusal);
    }
}

void Server::handle_packet(Instant /*now*/, Bytes /*packet*/, Output& /*output*/) {
    ++counters_.packets_received;
    counters_.drop(DropReason::kNotForwardable);
}

void Server::handle_timeout(Instant /*now*/, Output& /*output*/) {}

std::optional<Instant> Server::next_deadline() const {
    return std::nullopt;
}

void Server::apply(Instant /*now*/, ServerSettings settings, Output& /*output*/) {
    const bool has_new_secrets =
        settings.secrets != settings_.secrets ||
        settings.requires_authentication != settings_.requires_authentication;
    settings_ = std::move(settings);
    link_local_ = server_link_local(settings_);
    advertisement_ = make_advertisement(settings_);
    if (has_new_secrets) {
        authentication_.apply(settings_);
    }
}

ServerStatus Server::status() const {
    return {settings_.primary, settings_.secondary};
}

const Counters& Server::counters() const {
    return counters_;
}

Server::Refusal Server::receive(Instant now, const Datagram& datagram, Output& output) {
    // RFC 4380 §5.3.1, rules 1 to 7 in this order.
    const auto teredo = wire::TeredoDatagram::parse(datagram.bytes);
    if (!teredo) {
        return to_drop_reason(teredo.error());
    }
    const Reception reception{now, datagram.from, datagram.socket, *teredo, output};
    const wire::Ipv6Packet& packet = teredo->packet;
    if (!packet.is_bubble() && packet.next_header() != wire::kIcmpv6) {
        return DropReason::kNotBubbleNorEcho;
    }
    if (const Refusal refusal = check_outer(reception)) {
        return refusal;
    }
    const Ipv6Address destination = packet.destination();
    if (destination == wire::kAllRouters || destination == link_local_) {
        return answer_solicitation(reception);
    }
    return forward(reception);
}

Server::Refusal Server::check_outer(const Reception& reception) const {
    const Endpoint from = reception.from;
    if (from.port == 0 || !settings_.surroundings.filter.is_usable(from.address)) {
        return DropReason::kOuterSourceUnusable;
    }
    if (from.port == wire::kTeredoPort && is_own(from.address)) {
        return DropReason::kOwnOuterSource;
    }
    // A bubble's hop limit is nobody's to decrement, so what one server made another must not take
    // up: it could go between them for ever.
    if (reception.teredo.origin || (from.port == wire::kTeredoPort &&
                                    is_server_link_local(reception.teredo.packet.source()))) {
        return DropReason::kFromServer;
    }
    return std::nullopt;
}

Server::Refusal Server::forward(const Reception& reception) {
    const wire::Ipv6Packet& packet = reception.teredo.packet;
    if (const Refusal refusal = check_kind(packet)) {
        return refusal;
    }
    const auto source = wire::TeredoAddress::parse(packet.source(), settings_.prefix);
    const auto target = wire::TeredoAddress::parse(packet.destination(), settings_.prefix);
    if (const Refusal refusal = check_source(reception, source, target)) {
        return refusal;
    }
    return target ? forward_to_client(reception, *target) : forward_to_native(reception, *source);
}

Server::Refusal Server::check_source(const Reception& reception,
                                     const std::optional<wire::TeredoAddress>& source,
                                     const std::optional<wire::TeredoAddress>& target) const {
    const Ipv6Address address = reception.teredo.packet.source();
    if (is_impossible_source(address) || (source && (source->flags & wire::kGroupFlag) != 0)) {
        return DropReason::kSourceUnusable;
    }
    if (source) {  // rule 5
        return source->mapped == reception.from ? Refusal{} : DropReason::kMappingMismatch;
    }
    if (!target) {
        return DropReason::kNotTeredoSource;
    }
    // Rule 6: relays send their bubbles from native addresses, Miredo's clients and relays from
    // link-local ones.
    return target->server == settings_.primary ? Refusal{} : DropReason::kForeignClient;
}

Server::Refusal Server::forward_to_client(const Reception& reception,
                                          const wire::TeredoAddress& target) {
    if (is_own(target.mapped.address)) {
        return DropReason::kTargetOwn;
    }
    if (target.mapped.port == 0 ||
        !settings_.surroundings.filter.is_usable(target.mapped.address)) {
        return DropReason::kTargetUnusable;
    }
    if (!limits_.try_forward(reception.now, reception.from.address, target.mapped.address)) {
        return DropReason::kRateLimited;
    }
    const wire::TeredoDatagram& teredo = reception.teredo;
    // Whole trailers only; what follows the last one that fits is somebody's payload, not ours to
    // carry.
    const std::size_t trailers =
        wire::parse_trailers(
            teredo.trailers.first(std::min(teredo.trailers.size(), kMaximumTrailers)))
            .well_formed_size;
    count_cut_trailers(teredo, trailers);
    Forwarded forwarded;
    if (target.server == settings_.primary) {
        wire::write_origin(forwarded.extend(wire::kOriginSize), reception.from);
    }
    static_cast<void>(forwarded.append(teredo.packet.bytes()));
    static_cast<void>(forwarded.append(teredo.trailers.first(trailers)));
    // From the primary address whichever one it came to: it is the one the client's NAT lets in.
    reception.output.send(ServiceSocket::kPrimary, target.mapped, forwarded.bytes());
    ++counters_.forwarded_to_udp;
    return std::nullopt;
}

Server::Refusal Server::forward_to_native(const Reception& reception,
                                          const wire::TeredoAddress& source) {
    const wire::Ipv6Packet& packet = reception.teredo.packet;
    const auto echo = wire::parse_echo(packet);
    if (!echo || echo->type != wire::Icmpv6Type::kEchoRequest ||
        !is_forwardable(packet.destination())) {
        return DropReason::kNotForwardable;
    }
    if (source.server != settings_.primary) {
        return DropReason::kForeignClient;
    }
    if (packet.hop_limit() <= 1) {
        return DropReason::kHopLimitExceeded;
    }
    if (!limits_.try_forward(reception.now, reception.from.address, packet.destination())) {
        return DropReason::kRateLimited;
    }
    count_cut_trailers(reception.teredo, 0);
    StaticBytes<wire::kIpv6HeaderSize + kMaximumEchoSize> forwarded;
    static_cast<void>(forwarded.append(packet.bytes()));
    forwarded.mutable_bytes()[7] = static_cast<std::byte>(packet.hop_limit() - 1U);
    reception.output.inject(forwarded.bytes());
    ++counters_.forwarded_to_ipv6;
    return std::nullopt;
}

bool Server::is_own(Ipv4Address address) const {
    const auto& own = settings_.surroundings.own_addresses;
    return std::find(own.begin(), own.end(), address) != own.end();
}

bool Server::is_forwardable(const Ipv6Address& destination) const {
    if (is_unusable_destination(destination) || destination.is_site_local() ||
        destination.is_unique_local()) {
        return false;
    }
    if (kSixToFourPrefix.contains(destination)) {
        const Ipv4Address router{static_cast<std::uint32_t>(destination.high() >> 16U)};
        return !is_own(router) && settings_.surroundings.filter.is_usable(router);
    }
    return true;
}

void Server::count_cut_trailers(const wire::TeredoDatagram& teredo, std::size_t kept) {
    if (kept < teredo.trailers.size()) {
        ++counters_.trailers_cut;
    }
}

}  // namespace miredo::teredo
