// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bench/load/options.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <string>
#include <thread>

namespace miredo::bench {
namespace {

using Text = std::string_view;

template <typename T>
bool read(Text text, T& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

template <typename T>
bool read(const std::optional<T>& parsed, T& into) {
    into = parsed.value_or(T{});
    return parsed.has_value();
}

bool read(Text text, Endpoint& endpoint) {
    const auto colon = text.find(':');
    return colon != Text::npos &&
           read(Ipv4Address::parse(text.substr(0, colon)), endpoint.address) &&
           read(text.substr(colon + 1), endpoint.port);
}

bool read(Text text, MacAddress& address) {
    constexpr std::size_t kDigits = 2;
    for (std::byte& each : address) {
        unsigned value = 0;
        const char* const end = text.data() + std::min(text.size(), kDigits);
        if (text.empty() || std::from_chars(text.data(), end, value, 16).ptr != end) {
            return false;
        }
        each = static_cast<std::byte>(value);
        text.remove_prefix(std::min(text.size(), kDigits + 1));
    }
    return text.empty();
}

bool read(Text name, Text value, Options& options) {
    if (name == "to") {
        return read(value, options.to);
    }
    if (name == "device") {
        options.device = value;
        return true;
    }
    if (name == "neighbour") {
        return read(value, options.neighbour);
    }
    if (name == "first") {
        return read(Ipv4Address::parse(value), options.first);
    }
    if (name == "server") {
        return read(Ipv4Address::parse(value), options.server);
    }
    if (name == "host") {
        return read(Ipv6Address::parse(value), options.host);
    }
    if (name == "source") {
        return read(Ipv6Address::parse(value), options.source);
    }
    if (name == "sources") {
        return read(Ipv6Prefix::parse(value), options.sources);
    }
    return (name == "peers" && read(value, options.peers) && options.peers > 0) ||
           (name == "port" && read(value, options.port)) ||
           (name == "count" && read(value, options.count)) ||
           (name == "seconds" && read(value, options.seconds)) ||
           (name == "rate" && read(value, options.rate)) ||
           (name == "window" && read(value, options.window) && options.window > 0);
}

}  // namespace

std::optional<Options> parse_options(std::span<const Text> arguments) {
    Options options;
    for (const Text argument : arguments) {
        const auto equals = argument.find('=');
        if (!argument.starts_with("--") || equals == Text::npos ||
            !read(argument.substr(2, equals - 2), argument.substr(equals + 1), options)) {
            std::cerr << "bench-load: " << argument << " is no --name=value that is known\n";
            return std::nullopt;
        }
    }
    return options;
}

Pace::Pace(const Options& options)
    : rate_{options.rate}, limit_{options.seconds}, count_{options.count} {}

std::uint64_t Pace::due(std::uint64_t wanted, std::uint64_t sent) const {
    wanted = std::min(wanted, count_ - sent);
    if (rate_ <= 0) {
        return wanted;
    }
    const auto due = static_cast<std::uint64_t>(seconds() * rate_) + 1;
    return due > sent ? std::min(wanted, due - sent) : 0;
}

void Pace::wait(std::uint64_t sent) const {
    if (rate_ > 0) {
        const std::chrono::duration<double> due{static_cast<double>(sent) / rate_};
        std::this_thread::sleep_until(
            begin_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due));
    }
}

bool Pace::is_over(std::uint64_t sent) const {
    return sent >= count_ || seconds() >= limit_;
}

double Pace::seconds() const {
    return std::chrono::duration<double>{std::chrono::steady_clock::now() - begin_}.count();
}

}  // namespace miredo::bench
