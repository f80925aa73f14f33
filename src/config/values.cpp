// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "wire/ipv4_filter.hpp"

namespace miredo::config {
namespace {

constexpr std::size_t kShownBytes = 64;
constexpr std::size_t kMaxInterfaceName = 15;  // IFNAMSIZ - 1
constexpr std::size_t kMaxHostName = 253;      // RFC 1035 §2.3.4, as text without the final dot
constexpr std::size_t kMaxLabel = 63;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_printable(char c) {
    return c > ' ' && c <= '~';
}

bool is_plain(char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view{"._:/-"}.find(c) != std::string_view::npos;
}

std::optional<std::uint64_t> parse_number(std::string_view value) {
    int base = 10;
    if (value.size() > 2 && value[0] == '0' && to_lower(value[1]) == 'x') {
        base = 16;
        value.remove_prefix(2);
    } else if (value.size() > 1 && value[0] == '0') {
        base = 8;
        value.remove_prefix(1);
    }
    std::uint64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number, base);
    if (error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return number;
}

ParsedValue<std::uint16_t>
parse_in_range(std::string_view value, std::string_view noun, std::uint16_t least) {
    constexpr std::uint16_t kMost = std::numeric_limits<std::uint16_t>::max();
    const std::optional<std::uint64_t> number = parse_number(value);
    if (!number || *number < least || *number > kMost) {
        return Failure{
            fmt::format("{} is not {}, expected {} to {}", shown(value), noun, least, kMost)};
    }
    return static_cast<std::uint16_t>(*number);
}

bool is_label(std::string_view label) {
    // The underscore is in no RFC, but in names that people have.
    return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '-' || c == '_';
           });
}

// RFC 1123 §2.1: what ends in a number is meant to be an address.
bool looks_like_address(std::string_view name) {
    if (!name.empty() && name.back() == '.') {
        name.remove_suffix(1);
    }
    const std::string_view last = name.substr(name.rfind('.') + 1);
    return parse_number(last).has_value() ||
           (!last.empty() && std::all_of(last.begin(), last.end(), is_digit));
}

bool is_host_name(std::string_view name) {
    if (!name.empty() && name.back() == '.') {
        name.remove_suffix(1);
    }
    if (name.size() > kMaxHostName) {
        return false;
    }
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
        if (!is_label(name.substr(0, dot))) {
            return false;
        }
        name.remove_prefix(dot + 1);
    }
    return is_label(name);
}

// The reason why `value` is neither a host name nor (which the caller has tried) an IPv4 address.
std::optional<std::string> host_name_fault(std::string_view value) {
    if (Ipv6Address::parse(value)) {
        return fmt::format("{} is an IPv6 address, expected an IPv4 address or a host name",
                           shown(value));
    }
    if (looks_like_address(value)) {
        return fmt::format("{} is not an IPv4 address, expected four decimal numbers from 0 to 255 "
                           "or a host name",
                           shown(value));
    }
    if (!is_host_name(value)) {
        return fmt::format("{} is not a host name, expected an IPv4 address or letters, digits, "
                           "hyphens and dots",
                           shown(value));
    }
    return std::nullopt;
}

struct Facility {
    std::string_view name;
    std::uint8_t number;
};

constexpr std::array kFacilities{
    Facility{"auth", 4},    Facility{"authpriv", 10}, Facility{"cron", 9},
    Facility{"daemon", 3},  Facility{"ftp", 11},      Facility{"kern", 0},
    Facility{"local0", 16}, Facility{"local1", 17},   Facility{"local2", 18},
    Facility{"local3", 19}, Facility{"local4", 20},   Facility{"local5", 21},
    Facility{"local6", 22}, Facility{"local7", 23},   Facility{"lpr", 6},
    Facility{"mail", 2},    Facility{"news", 7},      Facility{"syslog", 5},
    Facility{"user", 1},    Facility{"uucp", 8},
};

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return to_lower(x) == to_lower(y);
    });
}

std::string shown(std::string_view value) {
    const std::string_view start = value.substr(0, kShownBytes);
    std::string text;
    for (const char c : start) {
        if (c == '"' || c == '\\') {
            text += fmt::format("\\{}", c);
        } else if (is_printable(c) || c == ' ') {
            text += c;
        } else {
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    if (start.size() < value.size()) {
        return fmt::format("\"{}…\" ({} bytes)", text, value.size());
    }
    const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), is_plain);
    return plain ? text : '"' + text + '"';
}

ParsedValue<std::uint16_t> parse_port(std::string_view value) {
    return parse_in_range(value, "a port", 0);
}

ParsedValue<std::uint16_t> parse_mtu(std::string_view value) {
    return parse_in_range(value, "an IPv6 MTU", 1280);  // RFC 8200 §5
}

ParsedValue<bool> parse_boolean(std::string_view value) {
    for (const std::string_view word : {"yes", "true", "on", "enabled"}) {
        if (equal_ignoring_case(value, word)) {
            return true;
        }
    }
    for (const std::string_view word : {"no", "false", "off", "disabled"}) {
        if (equal_ignoring_case(value, word)) {
            return false;
        }
    }
    const std::optional<std::uint64_t> number = parse_number(value);
    if (!number) {
        return Failure{fmt::format("{} is not a switch, expected yes or no", shown(value))};
    }
    return *number != 0;
}

ParsedValue<std::string> parse_interface_name(std::string_view value) {
    const auto refuse = [value](std::string_view why) {
        return Failure{fmt::format("{} is not an interface name: {}", shown(value), why)};
    };
    if (value.empty() || value.size() > kMaxInterfaceName) {
        return refuse("expected 1 to 15 characters");
    }
    if (value == "." || value == ".." || value == "all" || value == "default") {
        return refuse("this word has another meaning to the kernel");
    }
    if (!std::all_of(value.begin(), value.end(), is_printable)) {
        return refuse("expected printable ASCII characters without blanks");
    }
    if (value.find_first_of("/:%\\\"'") != std::string_view::npos) {
        return refuse("none of / : % \\ and quotes is allowed");
    }
    return std::string{value};
}

bool is_plausible_server(Ipv4Address address) {
    return std::none_of(wire::kAlwaysRefusedBlocks.begin(),
                        wire::kAlwaysRefusedBlocks.end(),
                        [address](const Ipv4Prefix& block) { return block.contains(address); });
}

ParsedValue<std::string> parse_server(std::string_view value) {
    if (const std::optional<Ipv4Address> address = Ipv4Address::parse(value)) {
        if (!is_plausible_server(*address)) {
            return Failure{fmt::format("{} is not the address of a server, expected a unicast IPv4 "
                                       "address outside of 0.0.0.0/8 and 127.0.0.0/8",
                                       shown(value))};
        }
        return std::string{value};
    }
    if (std::optional<std::string> fault = host_name_fault(value)) {
        return Failure{std::move(*fault)};
    }
    return std::string{value};
}

ParsedValue<std::string> parse_bind_address(std::string_view value) {
    if (const std::optional<Ipv4Address> address = Ipv4Address::parse(value)) {
        if (address->is_unspecified()) {
            return std::string{};
        }
        if (!is_plausible_server(*address) && !address->is_loopback()) {
            return Failure{fmt::format("{} is not an address of this host, expected a unicast IPv4 "
                                       "address or 0.0.0.0 for any",
                                       shown(value))};
        }
        return std::string{value};
    }
    if (std::optional<std::string> fault = host_name_fault(value)) {
        return Failure{std::move(*fault)};
    }
    return std::string{value};
}

ParsedValue<PrefixValue> parse_teredo_prefix(std::string_view value) {
    const std::optional<Ipv6Address> address = Ipv6Address::parse(value);
    if (!address) {
        const std::string_view hint =
            Ipv6Prefix::parse(value) ? " without a length (it is always 32)" : "";
        return Failure{fmt::format(
            "{} is not a Teredo prefix, expected an IPv6 address{}", shown(value), hint)};
    }
    constexpr std::uint64_t kFirst32 = 0xFFFFFFFF00000000U;
    const Ipv6Prefix prefix{Ipv6Address{address->high() & kFirst32, 0}, 32};
    if (address->is_multicast() || address->is_link_local() || prefix.address.is_unspecified()) {
        return Failure{fmt::format("{} is not a Teredo prefix, expected a unicast address that can "
                                   "be routed, such as 2001:0::",
                                   shown(value))};
    }
    return PrefixValue{prefix, *address != prefix.address};
}

ParsedValue<std::uint8_t> parse_syslog_facility(std::string_view value) {
    const auto* const found =
        std::find_if(kFacilities.begin(), kFacilities.end(), [value](const Facility& facility) {
            return equal_ignoring_case(facility.name, value);
        });
    if (found == kFacilities.end()) {
        std::string names;
        for (const Facility& facility : kFacilities) {
            names += names.empty() ? "" : " ";
            names += facility.name;
        }
        return Failure{
            fmt::format("{} is not a syslog facility, expected one of {}", shown(value), names)};
    }
    return found->number;
}

}  // namespace miredo::config
