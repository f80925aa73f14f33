// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The IPv6 header (RFC 8200 §3) and as much of its extension headers as a tunnel must look at.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ipv6_address.hpp"

namespace miredo::wire {

inline constexpr std::size_t kIpv6HeaderSize = 40;
inline constexpr std::size_t kIpv6SourceOffset = 8;
inline constexpr std::size_t kIpv6DestinationOffset = 24;
inline constexpr std::size_t kMinimumMtu = 1280;  // RFC 8200 §5

inline constexpr std::uint8_t kHopByHop = 0;
inline constexpr std::uint8_t kRouting = 43;
inline constexpr std::uint8_t kFragment = 44;
inline constexpr std::uint8_t kIcmpv6 = 58;
inline constexpr std::uint8_t kNoNextHeader = 59;
inline constexpr std::uint8_t kDestinationOptions = 60;

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// |Version| Traffic Class |           Flow Label                  |
// |         Payload Length        |  Next Header  |   Hop Limit   |
// |                        Source Address (16)                    |
// |                     Destination Address (16)                  |
//
// A whole IPv6 packet, borrowed: exactly 40 + payload length bytes.
class Ipv6Packet {
  public:
    // The packet at the start of `bytes`; bytes behind it are left to the caller (`size()` tells).
    // Nothing where there are fewer than 40 bytes, the version is not 6, the payload length goes
    // beyond the end, or a zero payload length announces a jumbogram (next header 0).
    [[nodiscard]] static std::optional<Ipv6Packet> parse(Bytes bytes);

    [[nodiscard]] Bytes bytes() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] Bytes payload() const { return bytes_.subspan(kIpv6HeaderSize); }
    [[nodiscard]] std::uint8_t next_header() const {
        return std::to_integer<std::uint8_t>(bytes_[6]);
    }
    [[nodiscard]] std::uint8_t hop_limit() const {
        return std::to_integer<std::uint8_t>(bytes_[7]);
    }
    [[nodiscard]] Ipv6Address source() const {
        return Ipv6Address::load(bytes_.subspan(kIpv6SourceOffset));
    }
    [[nodiscard]] Ipv6Address destination() const {
        return Ipv6Address::load(bytes_.subspan(kIpv6DestinationOffset));
    }

    // RFC 4380 §2.8: no payload and no next header. The hop limit may be anything.
    [[nodiscard]] bool is_bubble() const {
        return bytes_.size() == kIpv6HeaderSize && next_header() == kNoNextHeader;
    }

  private:
    explicit Ipv6Packet(Bytes bytes) : bytes_{bytes} {}
    Bytes bytes_;
};

// What the extension headers of a packet say to somebody who only decides whether it may pass.
struct ExtensionHeaders {
    // Truncated, more than 8 of them, or more than 256 bytes: such a packet does not pass.
    bool is_acceptable = false;
    // A routing header of type 0 with segments left (deprecated, RFC 5095; RFC 6169 §2.3).
    bool has_type0_routing = false;
    // The first header that is not an extension header; kNoNextHeader for a fragment other than
    // the first, whose upper layer is not in sight.
    std::uint8_t upper_layer = kNoNextHeader;
    Bytes upper_layer_payload;
};
[[nodiscard]] ExtensionHeaders walk_extension_headers(const Ipv6Packet& packet);

struct Ipv6Header {
    Ipv6Address source;
    Ipv6Address destination;
    std::uint16_t payload_length = 0;
    std::uint8_t next_header = kNoNextHeader;
    std::uint8_t hop_limit = 0;
};
// Writes 40 bytes (traffic class and flow label 0) to the start of `to`.
void write_ipv6_header(MutableBytes to, const Ipv6Header& header);

}  // namespace miredo::wire
