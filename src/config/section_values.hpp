// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Values as the sections form writes them, with systemd's conventions (systemd.syntax(7),
// systemd.time(7)) where the classic form has older ones: numbers are decimal, switches are words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "config/configuration.hpp"
#include "config/values.hpp"
#include "teredo/settings.hpp"

namespace miredo::config {

// 1, yes, y, true, t, on; 0, no, n, false, f, off; in any case.
[[nodiscard]] ParsedValue<bool> parse_switch(std::string_view value);
// Decimal digits, from `least` to `most`; `noun` for the message: "a port".
[[nodiscard]] ParsedValue<std::uint32_t> parse_decimal(std::string_view value,
                                                       std::string_view noun,
                                                       std::uint32_t least,
                                                       std::uint32_t most);
[[nodiscard]] ParsedValue<std::uint16_t> parse_decimal_port(std::string_view value);
[[nodiscard]] ParsedValue<std::uint16_t> parse_decimal_mtu(std::string_view value);
[[nodiscard]] ParsedValue<std::uint32_t> parse_max_peers(std::string_view value);
[[nodiscard]] ParsedValue<std::uint32_t> parse_bubble_rate(std::string_view value);
// Bytes, 64K to 1T; K, M, G and T are powers of 1024.
[[nodiscard]] ParsedValue<std::uint64_t> parse_max_memory(std::string_view value);
// 0 is left out: IPv6 makes 1024 of it.
[[nodiscard]] ParsedValue<std::uint32_t> parse_route_metric(std::string_view value);
// Neither 0 (unspecified) nor the kernel's own tables 253 to 255: everything would be sent through
// the tunnel.
[[nodiscard]] ParsedValue<std::uint32_t> parse_route_table(std::string_view value);

// A time span: seconds, or numbers with units, `1min 30s`; at most a day, in whole microseconds.
[[nodiscard]] ParsedValue<Duration> parse_time_span(std::string_view value);
// 10 to 120 seconds. RFC 6081 §5.1.1 wants less than 30 to be possible, for NATs that forget
// sooner; 75 % of 10 leaves an unanswered solicitation its 4 seconds (RFC 4380 §5.2.1). RFC 4380
// §5.2.7 has 120 for the maximum.
[[nodiscard]] ParsedValue<Duration> parse_refresh_interval(std::string_view value);

[[nodiscard]] ParsedValue<teredo::RelayMode> parse_relay_mode(std::string_view value);
[[nodiscard]] std::string_view relay_mode_word(teredo::RelayMode mode);
[[nodiscard]] ParsedValue<NativePolicy> parse_native_policy(std::string_view value);
[[nodiscard]] std::string_view native_policy_word(NativePolicy policy);
// `auto`, or 1 to kMostShards.
[[nodiscard]] ParsedValue<Shards> parse_shards(std::string_view value);
// `auto`, `none`, or some of `tun-tcp tun-udp udp-send udp-receive` separated by blanks.
[[nodiscard]] ParsedValue<OffloadSwitches> parse_offloads(std::string_view value);
[[nodiscard]] std::string offloads_text(const OffloadSwitches& offloads);
// A Teredo prefix, with or without its length of 32; no bits behind it.
[[nodiscard]] ParsedValue<Ipv6Prefix> parse_whole_teredo_prefix(std::string_view value);
// `address/length` of unicast destinations outside Teredo, no bits behind the length; an address
// alone is a prefix of 128 bits.
[[nodiscard]] ParsedValue<Ipv6Prefix> parse_served_prefix(std::string_view value);

}  // namespace miredo::config
