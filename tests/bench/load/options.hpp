// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What bench-load is asked for, and what it tells.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "bench/load/frames.hpp"

namespace miredo::bench {

struct Options {
    Endpoint to;             // server or relay
    std::string device;      // that frames are given to
    MacAddress neighbour{};  // of the one behind it
    Ipv4Address first;       // of the addresses that are played
    std::uint32_t peers = 1;
    std::uint16_t port = 40000;  // of all of them
    Ipv4Address server;          // in the peers' Teredo addresses
    Ipv6Address host;            // the native one that peers send to
    Ipv6Address source;          // of a flow to it
    Ipv6Prefix sources;          // that the native side sends from
    std::uint64_t count = ~std::uint64_t{0};
    double seconds = 1;
    double rate = 0;  // per second; 0: as fast as it goes
    std::uint32_t window = 256;
};

// Each is `--name=value`. Nothing, and a word on stderr, where one is wrong.
[[nodiscard]] std::optional<Options> parse_options(std::span<const std::string_view> arguments);

struct Tally {
    std::uint64_t sent = 0;
    std::uint64_t refused = 0;  // by the kernel
    std::uint64_t answered = 0;
    std::uint64_t lost = 0;  // not answered in time
    double seconds = 0;
};

// How much may be sent, and until when.
class Pace {
  public:
    explicit Pace(const Options& options);

    // Of `wanted`, what is due by now.
    [[nodiscard]] std::uint64_t due(std::uint64_t wanted, std::uint64_t sent) const;
    // Sleeps until the next batch after `sent` is due; not at all without a rate.
    void wait(std::uint64_t sent) const;
    [[nodiscard]] bool is_over(std::uint64_t sent) const;
    [[nodiscard]] double seconds() const;

  private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    double rate_;
    double limit_;
    std::uint64_t count_;
};

}  // namespace miredo::bench
