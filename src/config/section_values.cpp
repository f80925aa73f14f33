// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/section_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/nearest.hpp"
#include "config/text.hpp"

namespace miredo::config {
namespace {

constexpr std::uint32_t kLeastPeers = 16;
constexpr std::uint32_t kMostPeers = 1U << 20U;
constexpr std::uint32_t kLeastBubbles = 2;  // a restricted relay sends two at once
constexpr std::uint32_t kMostBubbles = 1'000'000;
constexpr std::uint32_t kMostNumber = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kFirstKernelTable = 253;
constexpr std::uint32_t kLastKernelTable = 255;
constexpr Duration kLeastRefresh = std::chrono::seconds{10};
constexpr Duration kMostRefresh = std::chrono::seconds{120};
constexpr Duration kMostTimeSpan = std::chrono::hours{24};
constexpr std::string_view kDigits = "0123456789";

std::optional<std::uint32_t> decimal(std::string_view digits) {
    std::uint32_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return number;
}

struct Unit {
    std::string_view name;
    std::chrono::microseconds length;
};

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array kUnits{
    Unit{"", seconds{1}},
    Unit{"us", microseconds{1}},
    Unit{"usec", microseconds{1}},
    Unit{"ms", milliseconds{1}},
    Unit{"msec", milliseconds{1}},
    Unit{"s", seconds{1}},
    Unit{"sec", seconds{1}},
    Unit{"second", seconds{1}},
    Unit{"seconds", seconds{1}},
    Unit{"m", minutes{1}},
    Unit{"min", minutes{1}},
    Unit{"minute", minutes{1}},
    Unit{"minutes", minutes{1}},
    Unit{"h", std::chrono::hours{1}},
    Unit{"hr", std::chrono::hours{1}},
    Unit{"hour", std::chrono::hours{1}},
    Unit{"hours", std::chrono::hours{1}},
};

std::string_view take_while_in(std::string_view& text, std::string_view set) {
    const std::string_view taken = text.substr(0, text.find_first_not_of(set));
    text.remove_prefix(taken.size());
    return taken;
}

// Takes `1min` or `0.5 s` off `text`.
std::optional<microseconds> take_time(std::string_view& text) {
    const std::optional<std::uint32_t> whole = decimal(take_while_in(text, kDigits));
    std::string_view fraction;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        fraction = take_while_in(text, kDigits);
        if (fraction.empty()) {
            return std::nullopt;
        }
    }
    text = without_blanks(text);
    const std::string_view name = text.substr(0, text.find_first_of("0123456789 \t"));
    const auto* const unit = std::find_if(
        kUnits.begin(), kUnits.end(), [name](const Unit& known) { return known.name == name; });
    if (!whole || unit == kUnits.end() || *whole > kMostTimeSpan / unit->length) {
        return std::nullopt;
    }
    text.remove_prefix(name.size());
    microseconds time = *whole * unit->length;
    microseconds digit = unit->length;
    for (const char c : fraction) {
        digit /= 10;
        time += (c - '0') * digit;
    }
    return time;
}

std::optional<Duration> time_span(std::string_view text) {
    text = without_blanks(text);
    if (text.empty()) {
        return std::nullopt;
    }
    microseconds sum{0};
    while (!text.empty()) {
        const std::optional<microseconds> time = take_time(text);
        if (!time || *time + sum > kMostTimeSpan) {
            return std::nullopt;
        }
        sum += *time;
        text = without_blanks(text);
    }
    return sum;
}

template <typename T>
struct Word {
    std::string_view word;
    T value;
};

constexpr std::array kModes{
    Word<teredo::RelayMode>{"cone", teredo::RelayMode::kCone},
    Word<teredo::RelayMode>{"restricted", teredo::RelayMode::kRestricted},
    Word<teredo::RelayMode>{"host", teredo::RelayMode::kHostSpecific},
};

constexpr std::array kNativePolicies{
    Word<NativePolicy>{"auto", NativePolicy::kAuto},
    Word<NativePolicy>{"ignore", NativePolicy::kIgnore},
    Word<NativePolicy>{"yield", NativePolicy::kYield},
};

// `complaint` follows the value.
template <typename T, std::size_t N>
ParsedValue<T> parse_word(const std::array<Word<T>, N>& words,
                          std::string_view value,
                          std::string_view complaint) {
    const auto* const found = std::find_if(
        words.begin(), words.end(), [value](const Word<T>& w) { return w.word == value; });
    if (found == words.end()) {
        return Failure{fmt::format("{} {}", shown(value), complaint)};
    }
    return found->value;
}

template <typename T, std::size_t N>
std::string_view word_of(const std::array<Word<T>, N>& words, T value) {
    const auto* const found = std::find_if(
        words.begin(), words.end(), [value](const Word<T>& w) { return w.value == value; });
    return found->word;
}

struct OffloadName {
    std::string_view word;
    bool OffloadSwitches::*is_on;
};
constexpr std::array kOffloadNames{
    OffloadName{"tun-tcp", &OffloadSwitches::tun_tcp},
    OffloadName{"tun-udp", &OffloadSwitches::tun_udp},
    OffloadName{"udp-send", &OffloadSwitches::udp_send},
    OffloadName{"udp-receive", &OffloadSwitches::udp_receive},
};
constexpr std::string_view kAllOffloads = "auto";
constexpr std::string_view kNoOffloads = "none";

std::string unknown_offload(std::string_view word) {
    std::vector<std::string_view> known;
    known.reserve(kOffloadNames.size());
    for (const OffloadName& name : kOffloadNames) {
        known.push_back(name.word);
    }
    if (word == kAllOffloads || word == kNoOffloads) {
        return fmt::format("{} stands alone, expected it without other words", word);
    }
    std::string text = fmt::format("{} is not an offload, expected auto, none or some of {}",
                                   shown(word),
                                   fmt::join(known, " "));
    const std::string_view nearest = nearest_word(word, known);
    return nearest.empty() ? text : fmt::format("{}; did you mean {}?", text, nearest);
}

bool has_bits_behind(const Ipv6Prefix& prefix) {
    const Ipv6Address& address = prefix.address;
    if (prefix.length >= 64) {
        const unsigned kept = prefix.length - 64U;
        return kept < 64 && (address.low() << kept) != 0;
    }
    return (address.high() << prefix.length) != 0 || address.low() != 0;
}

}  // namespace

ParsedValue<bool> parse_switch(std::string_view value) {
    const auto is_value = [value](std::string_view word) {
        return equal_ignoring_case(word, value);
    };
    constexpr std::array<std::string_view, 6> kYes{"yes", "1", "y", "true", "t", "on"};
    constexpr std::array<std::string_view, 6> kNo{"no", "0", "n", "false", "f", "off"};
    if (std::any_of(kYes.begin(), kYes.end(), is_value)) {
        return true;
    }
    if (std::any_of(kNo.begin(), kNo.end(), is_value)) {
        return false;
    }
    return Failure{fmt::format("{} is not a switch, expected yes or no", shown(value))};
}

ParsedValue<std::uint32_t> parse_decimal(std::string_view value,
                                         std::string_view noun,
                                         std::uint32_t least,
                                         std::uint32_t most) {
    const std::optional<std::uint32_t> number = decimal(value);
    if (!number || *number < least || *number > most) {
        return Failure{
            fmt::format("{} is not {}, expected {} to {}", shown(value), noun, least, most)};
    }
    return *number;
}

namespace {

ParsedValue<std::uint16_t>
parse_short(std::string_view value, std::string_view noun, std::uint32_t least) {
    const auto number =
        parse_decimal(value, noun, least, std::numeric_limits<std::uint16_t>::max());
    if (!number) {
        return Failure{number.error()};
    }
    return static_cast<std::uint16_t>(*number);
}

}  // namespace

ParsedValue<std::uint16_t> parse_decimal_port(std::string_view value) {
    return parse_short(value, "a port", 0);
}

ParsedValue<std::uint16_t> parse_decimal_mtu(std::string_view value) {
    return parse_short(value, "an IPv6 MTU", 1280);  // RFC 8200 §5
}

ParsedValue<std::uint32_t> parse_max_peers(std::string_view value) {
    return parse_decimal(value, "a number of peers", kLeastPeers, kMostPeers);
}

ParsedValue<std::uint32_t> parse_bubble_rate(std::string_view value) {
    return parse_decimal(value, "a number of bubbles", kLeastBubbles, kMostBubbles);
}

ParsedValue<Shards> parse_shards(std::string_view value) {
    if (value == "auto") {
        return Shards{0};
    }
    const auto count = parse_decimal(value, "a number of shards", 1, kMostShards);
    if (!count) {
        return Failure{count.error() + ", or auto"};
    }
    return Shards{*count};
}

ParsedValue<std::uint64_t> parse_max_memory(std::string_view value) {
    constexpr std::string_view kPowers = "KMGT";
    constexpr std::uint64_t kLeast = 64U << 10U;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40U;
    const std::size_t unit = value.empty() ? std::string_view::npos : kPowers.find(value.back());
    const unsigned shift =
        unit == std::string_view::npos ? 0 : 10 * (static_cast<unsigned>(unit) + 1);
    const std::string_view digits = shift == 0 ? value : value.substr(0, value.size() - 1);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
    const bool is_number = error == std::errc{} && end == digits.end();
    if (!is_number || number > kMost >> shift || number << shift < kLeast) {
        return Failure{
            fmt::format("{} is not an amount of memory, expected 64K to 1T bytes", shown(value))};
    }
    return number << shift;
}

ParsedValue<std::uint32_t> parse_route_metric(std::string_view value) {
    return parse_decimal(value, "a metric", 1, kMostNumber);
}

ParsedValue<std::uint32_t> parse_route_table(std::string_view value) {
    const std::optional<std::uint32_t> table = decimal(value);
    if (!table || *table == 0 || (*table >= kFirstKernelTable && *table <= kLastKernelTable)) {
        return Failure{
            fmt::format("{} is not a table for routes of our own, expected 1 to 252 or 256 to {}",
                        shown(value),
                        kMostNumber)};
    }
    return *table;
}

ParsedValue<Duration> parse_time_span(std::string_view value) {
    const std::optional<Duration> span = time_span(value);
    if (!span) {
        return Failure{fmt::format("{} is not a time span, expected seconds or numbers with units, "
                                   "such as 1min 30s",
                                   shown(value))};
    }
    return *span;
}

ParsedValue<Duration> parse_refresh_interval(std::string_view value) {
    ParsedValue<Duration> span = parse_time_span(value);
    if (span && (*span < kLeastRefresh || *span > kMostRefresh)) {
        return Failure{
            fmt::format("{} is not a refresh interval, expected 10s to 2min", shown(value))};
    }
    return span;
}

ParsedValue<teredo::RelayMode> parse_relay_mode(std::string_view value) {
    return parse_word(kModes, value, "is not a relay's mode, expected cone, restricted or host");
}

std::string_view relay_mode_word(teredo::RelayMode mode) {
    return word_of(kModes, mode);
}

ParsedValue<NativePolicy> parse_native_policy(std::string_view value) {
    return parse_word(kNativePolicies, value, "is not a policy, expected auto, ignore or yield");
}

std::string_view native_policy_word(NativePolicy policy) {
    return word_of(kNativePolicies, policy);
}

ParsedValue<OffloadSwitches> parse_offloads(std::string_view value) {
    if (value == kAllOffloads) {
        return OffloadSwitches{};
    }
    OffloadSwitches chosen{false, false, false, false};
    if (value == kNoOffloads) {
        return chosen;
    }
    for (std::string_view word = take_word(value); !word.empty(); word = take_word(value)) {
        const auto* const found =
            std::find_if(kOffloadNames.begin(),
                         kOffloadNames.end(),
                         [word](const OffloadName& name) { return name.word == word; });
        if (found == kOffloadNames.end()) {
            return Failure{unknown_offload(word)};
        }
        chosen.*(found->is_on) = true;
    }
    return chosen;
}

std::string offloads_text(const OffloadSwitches& offloads) {
    if (offloads == OffloadSwitches{}) {
        return std::string{kAllOffloads};
    }
    std::string text;
    for (const OffloadName& name : kOffloadNames) {
        if (offloads.*(name.is_on)) {
            text += text.empty() ? "" : " ";
            text += name.word;
        }
    }
    return text.empty() ? std::string{kNoOffloads} : text;
}

ParsedValue<Ipv6Prefix> parse_whole_teredo_prefix(std::string_view value) {
    std::string_view address = value;
    constexpr std::string_view kLength = "/32";
    if (address.ends_with(kLength)) {
        address.remove_suffix(kLength.size());
    }
    const ParsedValue<PrefixValue> prefix = parse_teredo_prefix(address);
    if (!prefix || prefix->has_more_bits) {
        return Failure{
            fmt::format("{} is not a Teredo prefix, expected a unicast prefix of 32 bits such as "
                        "2001:0::/32",
                        shown(value))};
    }
    return prefix->prefix;
}

ParsedValue<Ipv6Prefix> parse_served_prefix(std::string_view value) {
    const auto refuse = [value](std::string_view why) {
        return Failure{fmt::format("{} is not a served prefix: {}", shown(value), why)};
    };
    const std::optional<Ipv6Prefix> prefix = Ipv6Prefix::parse(value);
    if (!prefix) {
        return refuse("expected an IPv6 prefix such as 2001:db8::/32");
    }
    if (has_bits_behind(*prefix)) {
        return refuse(fmt::format("expected zeros behind its {} bits", prefix->length));
    }
    if (prefix->address.is_multicast() || prefix->address.is_link_local() ||
        (prefix->length > 0 && prefix->address.high() == 0)) {
        return refuse("expected unicast addresses that can be routed");
    }
    if (prefix->length >= wire::kTeredoPrefix.length &&
        wire::kTeredoPrefix.contains(prefix->address)) {
        return refuse("it lies in the prefix of Teredo itself, expected native addresses");
    }
    return *prefix;
}

}  // namespace miredo::config
