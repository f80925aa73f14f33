// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The headers of IPv6 (RFC 8200 §3), TCP (RFC 9293 §3.1) and UDP (RFC 768), as far as cutting and
// joining goes: where their fields are from the start of the header, and sizes in bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "wire/ipv6.hpp"

namespace miredo::offload {

using wire::kIpv6HeaderSize;

inline constexpr std::size_t kPayloadLengthOffset = 4;
inline constexpr std::size_t kNextHeaderOffset = 6;
inline constexpr std::size_t kHopLimitOffset = 7;
inline constexpr std::size_t kAddressesOffset = 8;  // source, then destination
inline constexpr std::size_t kAddressesSize = 32;

inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;

[[nodiscard]] inline std::uint8_t octet(Bytes bytes, std::size_t at) {
    return std::to_integer<std::uint8_t>(bytes[at]);
}

namespace tcp {

inline constexpr std::size_t kMinimumSize = 20;

inline constexpr std::size_t kSequenceOffset = 4;
inline constexpr std::size_t kAcknowledgementOffset = 8;
inline constexpr std::size_t kDataOffsetOffset = 12;
inline constexpr std::size_t kFlagsOffset = 13;
inline constexpr std::size_t kWindowOffset = 14;
inline constexpr std::size_t kChecksumOffset = 16;
inline constexpr std::size_t kUrgentPointerOffset = 18;

inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kPsh = 0x08;
inline constexpr std::uint8_t kAck = 0x10;
inline constexpr std::uint8_t kCwr = 0x80;

// `header` must hold at least 20 bytes; the result may be anything from 0 to 60.
[[nodiscard]] inline std::size_t header_size(Bytes header) {
    return std::size_t{octet(header, kDataOffsetOffset)} / 16 * 4;
}

}  // namespace tcp

namespace udp {

inline constexpr std::size_t kSize = 8;
inline constexpr std::size_t kLengthOffset = 4;
inline constexpr std::size_t kChecksumOffset = 6;

}  // namespace udp

}  // namespace miredo::offload
