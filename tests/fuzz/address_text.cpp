// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Target `address_text`: the input is a text, taken for an IPv4 address, an IPv6 address and an
// IPv6 prefix. Each is judged by a second reading of its grammar (RFC 4291 §2.2, dotted quad) and
// by what it is written as: read again it is the same, and it is the canonical form of RFC 5952.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <arpa/inet.h>

#include "base/ipv4_address.hpp"
#include "base/ipv6_address.hpp"
#include "fuzz/target.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::fuzz {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int hex_digit(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Four decimal numbers without leading zeros.
std::optional<std::uint32_t> read_quad(std::string_view text) {
    std::uint32_t value = 0;
    std::size_t at = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0 && (at >= text.size() || text[at++] != '.')) {
            return std::nullopt;
        }
        const std::size_t start = at;
        unsigned octet = 0;
        while (at < text.size() && is_digit(text[at]) && at - start < 4) {
            octet = octet * 10 + static_cast<unsigned>(text[at++] - '0');
        }
        if (at == start || octet > 255 || (at - start > 1 && text[start] == '0')) {
            return std::nullopt;
        }
        value = value << 8U | octet;
    }
    return at == text.size() ? std::optional{value} : std::nullopt;
}

struct Groups {
    std::array<std::uint16_t, 8> values{};
    std::size_t count = 0;

    [[nodiscard]] bool add(unsigned value) {
        if (count == values.size()) {
            return false;
        }
        values[count++] = static_cast<std::uint16_t>(value);
        return true;
    }
};

// Groups between single colons; the last one may be a dotted quad where `quad` says so. An empty
// text has none.
bool read_groups(std::string_view text, bool quad, Groups& groups) {
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        if (colon == std::string_view::npos && quad && group.find('.') != std::string_view::npos) {
            const auto address = read_quad(group);
            return address && groups.add(*address >> 16U) && groups.add(*address & 0xFFFFU);
        }
        if (group.empty() || group.size() > 4) {
            return false;
        }
        unsigned value = 0;
        for (const char c : group) {
            const int digit = hex_digit(c);
            if (digit < 0) {
                return false;
            }
            value = value << 4U | static_cast<unsigned>(digit);
        }
        if (!groups.add(value)) {
            return false;
        }
        if (colon == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(colon + 1);
        if (text.empty()) {
            return false;  // a single colon at the end
        }
    }
    return true;
}

std::optional<Ipv6Address> read_ipv6(std::string_view text) {
    Groups left;
    Groups right;
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) {
        if (text.empty() || !read_groups(text, true, left) || left.count != 8) {
            return std::nullopt;
        }
    } else if (!read_groups(text.substr(0, gap), false, left) ||
               !read_groups(text.substr(gap + 2), true, right) || left.count + right.count > 7) {
        return std::nullopt;
    }
    std::copy_n(
        right.values.begin(), right.count, left.values.end() - static_cast<long>(right.count));
    std::array<std::byte, 16> bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        store_be16(MutableBytes{bytes}.subspan(2 * i), left.values[i]);
    }
    return Ipv6Address{bytes};
}

// RFC 5952 §4: lower case, no leading zeros, `::` for the first of the longest runs of zero groups,
// never for a single one.
void check_canonical(const Ipv6Address& address, std::string_view text) {
    EXPECT_HOLDS(
        std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; }));
    const std::size_t gap = text.find("::");
    EXPECT_HOLDS(gap == std::string_view::npos ||
                 text.find("::", gap + 1) == std::string_view::npos);
    std::size_t longest = 0;
    std::size_t run = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        run = load_be16(address.bytes().subspan(2 * i)) == 0 ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    EXPECT_HOLDS((gap != std::string_view::npos) == (longest >= 2));
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        const bool is_first = i == 0 || text[i - 1] == ':' || text[i - 1] == '.';
        EXPECT_HOLDS(!is_first || text[i] != '0' || hex_digit(text[i + 1]) < 0);
    }
}

void check_ipv4(std::string_view text) {
    const auto parsed = Ipv4Address::parse(text);
    const auto expected = read_quad(text);
    EXPECT_HOLDS(parsed.has_value() == expected.has_value());
    if (parsed) {
        EXPECT_HOLDS(parsed->value() == *expected);
        EXPECT_HOLDS(parsed->to_string() == text);
    }
}

void check_ipv6(std::string_view text) {
    const auto parsed = Ipv6Address::parse(text);
    const auto expected = read_ipv6(text);
    EXPECT_HOLDS(parsed.has_value() == expected.has_value());
    if (!parsed) {
        return;
    }
    EXPECT_HOLDS(*parsed == *expected);
    const std::string written = parsed->to_string();
    EXPECT_HOLDS(Ipv6Address::parse(written) == parsed);
    EXPECT_HOLDS(Ipv6Address::parse(written)->to_string() == written);
    check_canonical(*parsed, written);
    EXPECT_HOLDS((Ipv6Address{parsed->high(), parsed->low()}) == *parsed);
    const auto teredo = wire::TeredoAddress::parse(*parsed);
    EXPECT_HOLDS(teredo.has_value() == (parsed->high() >> 32U == 0x20010000U));
    EXPECT_HOLDS(!teredo || teredo->to_ipv6() == *parsed);
}

void check_prefix(std::string_view text) {
    const auto parsed = Ipv6Prefix::parse(text);
    const std::size_t slash = text.find('/');
    const auto address = read_ipv6(text.substr(0, slash));
    if (!parsed) {
        EXPECT_HOLDS(!address || slash != std::string_view::npos);
        return;
    }
    EXPECT_HOLDS(address == parsed->address && parsed->length <= 128);
    EXPECT_HOLDS(Ipv6Prefix::parse(parsed->to_string()) == parsed);
    EXPECT_HOLDS(parsed->contains(parsed->address));
    // A bit within the length is another network, one beyond it is not.
    for (const unsigned bit : {0U, 63U, 64U, 127U, parsed->length - 1U, unsigned{parsed->length}}) {
        if (bit > 127) {
            continue;
        }
        const std::uint64_t flip = 1ULL << (63U - bit % 64U);
        const Ipv6Address other{parsed->address.high() ^ (bit < 64 ? flip : 0),
                                parsed->address.low() ^ (bit < 64 ? 0 : flip)};
        EXPECT_HOLDS(parsed->contains(other) == (bit >= parsed->length));
    }
}

}  // namespace
}  // namespace miredo::fuzz

FUZZ_TARGET(address_text) {
    using namespace miredo::fuzz;
    constexpr std::size_t kMaximum = 256;
    if (input.size() > kMaximum) {
        return;
    }
    const std::string_view text{reinterpret_cast<const char*>(input.data()), input.size()};
    check_ipv4(text);
    check_ipv6(text);
    check_prefix(text);
}
