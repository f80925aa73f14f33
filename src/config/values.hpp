// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The values of a configuration: text in, typed value or reason out. Names of hosts are checked for
// their form only (RFC 952, RFC 1123 §2.1); nothing is resolved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ipv4_address.hpp"
#include "base/ipv6_address.hpp"
#include "base/result.hpp"

namespace miredo::config {

// A failure names the value and what is allowed: "70000 is not a port, expected 0 to 65535".
template <typename T>
using ParsedValue = Result<T, std::string>;

// ASCII alone, whatever the locale.
[[nodiscard]] constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// `value` as it may stand in a message: quoted where it isn't a plain word, control characters and
// bytes outside ASCII escaped, cut after 64 bytes.
[[nodiscard]] std::string shown(std::string_view value);

// C integer syntax: 0x prefix hexadecimal, leading 0 octal, else decimal.
[[nodiscard]] ParsedValue<std::uint16_t> parse_port(std::string_view value);  // 0 to 65535
[[nodiscard]] ParsedValue<std::uint16_t> parse_mtu(std::string_view value);   // 1280 to 65535
// yes, true, on, enabled; no, false, off, disabled; or a number.
[[nodiscard]] ParsedValue<bool> parse_boolean(std::string_view value);

// 1 to 15 characters that the kernel takes literally; neither `all` nor `default`, which are other
// things under /proc/sys/net/ipv6/conf.
[[nodiscard]] ParsedValue<std::string> parse_interface_name(std::string_view value);

// False for addresses that no Teredo node can have: 0/8, 127/8, multicast, broadcast. Private
// addresses pass: whether they are allowed depends on the deployment.
[[nodiscard]] bool is_plausible_server(Ipv4Address address);

// Host name, or IPv4 address with is_plausible_server().
[[nodiscard]] ParsedValue<std::string> parse_server(std::string_view value);
// Host name, or IPv4 address that a socket may be bound to; 0.0.0.0 becomes the empty string (any).
[[nodiscard]] ParsedValue<std::string> parse_bind_address(std::string_view value);

struct PrefixValue {
    Ipv6Prefix prefix;           // length 32
    bool has_more_bits = false;  // something but zero stood behind the 32 bits
};
// An IPv6 address without length: its first 32 bits are the Teredo prefix (RFC 4380 §2.6).
[[nodiscard]] ParsedValue<PrefixValue> parse_teredo_prefix(std::string_view value);

inline constexpr std::uint8_t kDaemonFacility = 3;
// The facility's number, RFC 5424 §6.2.1.
[[nodiscard]] ParsedValue<std::uint8_t> parse_syslog_facility(std::string_view value);

}  // namespace miredo::config
