// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the tests of this room make packets with: independent of the code under test, checksums done
// the plain way.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/ipv6_address.hpp"
#include "base/segmentation.hpp"

namespace miredo::offload {

using Buffer = std::vector<std::byte>;

inline constexpr std::uint8_t kFinFlag = 0x01;
inline constexpr std::uint8_t kSynFlag = 0x02;
inline constexpr std::uint8_t kRstFlag = 0x04;
inline constexpr std::uint8_t kPshFlag = 0x08;
inline constexpr std::uint8_t kAckFlag = 0x10;
inline constexpr std::uint8_t kUrgFlag = 0x20;
inline constexpr std::uint8_t kEceFlag = 0x40;
inline constexpr std::uint8_t kCwrFlag = 0x80;

inline constexpr std::uint8_t kTcpProtocol = 6;
inline constexpr std::uint8_t kUdpProtocol = 17;

// TCP's, behind two of padding (RFC 7323 §3.2).
inline constexpr std::array<std::byte, 12> kTimestamps{std::byte{1},
                                                       std::byte{1},
                                                       std::byte{8},
                                                       std::byte{10},
                                                       std::byte{1},
                                                       std::byte{2},
                                                       std::byte{3},
                                                       std::byte{4},
                                                       std::byte{5},
                                                       std::byte{6},
                                                       std::byte{7},
                                                       std::byte{8}};

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of the headers
struct PacketPlan {
    std::uint8_t protocol = kTcpProtocol;  // or UDP
    Ipv6Address source = Ipv6Address{0x20010db800000000U, 1};
    Ipv6Address destination = Ipv6Address{0x20010000cb007178U, 0x8000F227BEFCFEFEU};
    std::uint8_t traffic_class = 0;
    std::uint32_t flow_label = 0;
    std::uint8_t hop_limit = 64;
    // The headers between IPv6 and transport, as they are; `extension_type` is the first one's.
    std::uint8_t extension_type = 0;
    Bytes extensions = {};
    std::uint16_t source_port = 5001;
    std::uint16_t destination_port = 443;
    // TCP
    std::uint32_t sequence = 1000;
    std::uint32_t acknowledgement = 77;
    std::uint8_t reserved = 0;  // the four bits behind the data offset
    std::uint8_t flags = kAckFlag;
    std::uint16_t window = 512;
    std::uint16_t urgent_pointer = 0;
    Bytes options = {};  // a multiple of 4

    [[nodiscard]] std::size_t transport_offset() const { return 40 + extensions.size(); }
    [[nodiscard]] std::size_t header_size() const {
        return transport_offset() + (protocol == kTcpProtocol ? 20 + options.size() : 8);
    }
    // From the start of the packet.
    [[nodiscard]] std::size_t checksum_offset() const {
        return transport_offset() + (protocol == kTcpProtocol ? 16 : 6);
    }
};

// Writes the packet with its right checksum to the start of `to` and returns that part of it.
MutableBytes write_packet(MutableBytes to, const PacketPlan& plan, Bytes payload);
[[nodiscard]] Buffer packet_of(const PacketPlan& plan, Bytes payload);

// The packet as a device with offloads hands it over: the checksum field holds the sum of the
// pseudo header.
[[nodiscard]] Buffer super_packet_of(const PacketPlan& plan, Bytes payload);
[[nodiscard]] Segmentation segmentation_of(const PacketPlan& plan, std::uint16_t segment_size);

// What belongs into the checksum field of a packet whose transport header begins at `transport`:
// the addresses are those of the IPv6 header, the field itself is left out.
[[nodiscard]] std::uint16_t
plain_checksum(Bytes packet, std::size_t transport, std::uint8_t protocol);

// `size` bytes that look like nothing in particular, the same in every run.
[[nodiscard]] Buffer some_bytes(std::size_t size);

}  // namespace miredo::offload
