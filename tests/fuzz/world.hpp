// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Who there is in the little world around a role under test: few of each kind, so that a fuzzer
// makes them meet.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>

#include "base/endpoint.hpp"
#include "base/ipv6_address.hpp"
#include "base/random_source.hpp"
#include "base/time.hpp"
#include "teredo/settings.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::fuzz {

inline constexpr Ipv4Address kPrimary{65, 54, 227, 120};
inline constexpr Ipv4Address kSecondary{65, 54, 227, 121};
inline constexpr Ipv4Address kForeignServer{83, 170, 6, 76};
inline constexpr Endpoint kPrimaryServer{kPrimary, wire::kTeredoPort};
inline constexpr Endpoint kSecondaryServer{kSecondary, wire::kTeredoPort};

// The host itself: its socket, and how a NAT may show it.
inline constexpr Endpoint kOwnSocket{Ipv4Address{192, 168, 77, 10}, 40000};
inline constexpr std::array<Endpoint, 3> kOwnMappings{
    Endpoint{Ipv4Address{46, 4, 9, 1}, 40000},
    Endpoint{Ipv4Address{46, 4, 9, 1}, 1025},
    Endpoint{Ipv4Address{46, 4, 9, 2}, 40000},
};

struct KnownTeredo {
    Ipv4Address server;
    Endpoint mapped;
    Endpoint elsewhere;  // where a symmetric NAT shows it to us

    [[nodiscard]] Ipv6Address address() const {
        return wire::TeredoAddress{server, 0x1234, mapped}.to_ipv6();
    }
};
inline constexpr std::array<KnownTeredo, 8> kTeredoPeers{
    KnownTeredo{kPrimary, {Ipv4Address{9, 9, 9, 1}, 3545}, {Ipv4Address{9, 9, 9, 1}, 7001}},
    KnownTeredo{kPrimary, {Ipv4Address{9, 9, 9, 2}, 3546}, {Ipv4Address{9, 9, 9, 2}, 7002}},
    // Behind our own NAT, and on our link.
    KnownTeredo{
        kForeignServer, {Ipv4Address{46, 4, 9, 1}, 3547}, {Ipv4Address{192, 168, 77, 20}, 40000}},
    KnownTeredo{kForeignServer, {Ipv4Address{9, 9, 9, 4}, 3544}, {Ipv4Address{9, 9, 9, 4}, 7004}},
    // Whom nobody may be sent to: private, own, a server's port, behind a server that is none.
    KnownTeredo{kPrimary, {Ipv4Address{10, 1, 2, 3}, 3545}, {Ipv4Address{10, 1, 2, 3}, 3546}},
    KnownTeredo{kPrimary, kOwnMappings[0], kOwnSocket},
    KnownTeredo{kForeignServer, kPrimaryServer, kSecondaryServer},
    KnownTeredo{Ipv4Address{127, 0, 0, 1}, {Ipv4Address{9, 9, 9, 5}, 3549}, kPrimaryServer},
};

inline constexpr std::array<Endpoint, 2> kNativeRelays{
    Endpoint{Ipv4Address{77, 1, 1, 1}, 3545},
    Endpoint{Ipv4Address{77, 1, 1, 2}, 3544},
};
inline constexpr std::array<Ipv6Address, 12> kNativeAddresses{
    Ipv6Address{0x2a00145040010829U, 0x200e},
    Ipv6Address{0x2600000000000001U, 1},
    Ipv6Address{0x2a00000000000000U, 2},
    // Special ones.
    Ipv6Address{0xfe80000000000000U, 0x8000F227BEC91C87U},
    wire::kClientLinkLocal,
    Ipv6Address{0xff02000000000000U, 2},
    Ipv6Address{0, 0},
    Ipv6Address{0, 0x0000FFFF01020304U},
    Ipv6Address{0x2002090909010000U, 1},
    Ipv6Address{0x2a00000000000000U, 0x02005EFE09090901U},
    Ipv6Address{0xfd00000000000000U, 1},
    Ipv6Address{0xfec0000000000000U, 1},
};

// The spans that the protocol's limits and timers turn on.
inline constexpr std::array<Duration, 16> kSpans{
    std::chrono::nanoseconds{0},
    std::chrono::milliseconds{1},
    std::chrono::milliseconds{500},
    std::chrono::seconds{1},
    std::chrono::milliseconds{1999},
    std::chrono::seconds{2},
    std::chrono::seconds{4},
    std::chrono::seconds{8},
    std::chrono::seconds{15},
    std::chrono::seconds{29},
    std::chrono::seconds{30},
    std::chrono::seconds{31},
    std::chrono::seconds{60},
    std::chrono::seconds{300},
    std::chrono::seconds{601},
    std::chrono::hours{24},
};

[[nodiscard]] inline teredo::Surroundings surroundings() {
    teredo::Surroundings result;
    result.own_addresses = {kOwnSocket.address};
    result.own_ports = {kOwnSocket.port};
    return result;
}

// SplitMix64: fast, and the same for the same seed.
class SequenceRandom final : public RandomSource {
  public:
    explicit SequenceRandom(std::uint64_t seed) : state_{seed} {}

    void fill(MutableBytes to) override {
        while (!to.empty()) {
            std::array<std::byte, 8> word{};
            store_be64(word, next());
            const std::size_t size = std::min(to.size(), word.size());
            std::copy_n(word.begin(), size, to.begin());
            to = to.subspan(size);
        }
    }

  private:
    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return mixed ^ (mixed >> 31U);
    }

    std::uint64_t state_;
};

}  // namespace miredo::fuzz
