// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "scenario/fake_server.hpp"

#include <array>

#include "wire/checksum.hpp"
#include "wire/icmpv6.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::scenario {
namespace {

// RFC 4861 §4.2 and §4.6: what is written by hand here, so that the engine's own builder is not
// its judge.
constexpr std::size_t kHeaderSize = 16;
constexpr std::size_t kPrefixOptionSize = 32;
constexpr std::size_t kMtuOptionSize = 8;
constexpr std::uint8_t kPrefixOption = 3;
constexpr std::uint8_t kMtuOption = 5;
constexpr std::size_t kChecksumOffset = 2;

void append(sim::Packet& packet, Bytes more) {
    packet.insert(packet.end(), more.begin(), more.end());
}

}  // namespace

FakeServer::FakeServer(sim::Network& network, Endpoint endpoint)
    : network_{network}, endpoint_{endpoint} {
    network.attach(*this, {endpoint.address}, sim::Link{});
}

sim::Packet FakeServer::build_message() const {
    sim::Packet message(kHeaderSize);
    message[0] = static_cast<std::byte>(wire::Icmpv6Type::kRouterAdvertisement);
    message[1] = static_cast<std::byte>(plan_.code);
    for (std::uint8_t i = 0; i < plan_.prefix_count; ++i) {
        std::array<std::byte, kPrefixOptionSize> option{};
        option[0] = std::byte{kPrefixOption};
        option[1] = std::byte{kPrefixOptionSize / 8};
        option[2] = static_cast<std::byte>(plan_.prefix_length);
        option[3] = std::byte{0x40};
        store_be64(MutableBytes{option}.subspan(4), ~std::uint64_t{0});
        const Ipv6Address own{0x2001000000000000U | endpoint_.address.value(), 0};
        const Bytes prefix = plan_.prefix ? plan_.prefix->bytes() : own.bytes();
        std::copy(prefix.begin(), prefix.end(), option.begin() + 16);
        append(message, option);
    }
    std::array<std::byte, kMtuOptionSize> option{std::byte{kMtuOption}, std::byte{1}};
    store_be32(MutableBytes{option}.subspan(4), plan_.mtu);
    append(message, option);
    if (plan_.has_empty_option) {
        append(message, std::array<std::byte, 8>{});
    }
    if (plan_.is_truncated) {
        message.pop_back();
    }
    return message;
}

sim::Packet FakeServer::build_packet(const Ipv6Address& destination) const {
    sim::Packet message = build_message();
    const Ipv6Address source =
        plan_.source.value_or(wire::teredo_link_local(wire::kConeFlag, endpoint_));
    const Ipv6Address target = plan_.destination.value_or(destination);
    const std::uint16_t checksum =
        wire::pseudo_header_checksum(source, target, wire::kIcmpv6, message);
    store_be16(MutableBytes{message}.subspan(kChecksumOffset),
               static_cast<std::uint16_t>(checksum + plan_.checksum_error));
    sim::Packet packet(wire::kIpv6HeaderSize);
    wire::write_ipv6_header(packet,
                            {source,
                             target,
                             static_cast<std::uint16_t>(message.size()),
                             wire::kIcmpv6,
                             plan_.hop_limit});
    append(packet, message);
    return packet;
}

void FakeServer::handle_datagram(Instant /*now*/, const sim::UdpDatagram& datagram) {
    const auto solicitation = wire::TeredoDatagram::parse(datagram.bytes);
    if (!solicitation || !solicitation->authentication || solicitation->packet.is_bubble()) {
        return;
    }
    sim::Packet answer;
    if (plan_.has_authentication) {
        std::array<std::byte, wire::kMaximumAuthenticationSize> space{};
        wire::Authentication authentication;
        authentication.nonce = solicitation->authentication->nonce + plan_.nonce_error;
        const std::size_t size = wire::write_authentication(space, authentication);
        append(answer, Bytes{space}.first(size));
    }
    if (plan_.has_origin) {
        std::array<std::byte, wire::kOriginSize> origin{};
        wire::write_origin(origin, plan_.origin.value_or(datagram.from));
        append(answer, origin);
    }
    append(answer, build_packet(solicitation->packet.source()));
    ++answers_;
    network_.send(
        *this,
        {plan_.from_address.value_or(endpoint_.address), plan_.from_port.value_or(endpoint_.port)},
        datagram.from,
        answer);
}

}  // namespace miredo::scenario
