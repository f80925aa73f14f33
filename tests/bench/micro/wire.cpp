// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What every datagram costs before anybody decides anything: parsing, and checksums.
#include <array>
#include <vector>

#include <benchmark/benchmark.h>

#include "wire/checksum.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::wire {
namespace {

constexpr Ipv6Address kPeer{0x20010000cb007178U, 0x0000f00039cc9b89U};
constexpr Ipv6Address kNative{0x20010db800000000U, 2};

void parse(benchmark::State& state, Bytes datagram) {
    for ([[maybe_unused]] const auto turn : state) {
        benchmark::DoNotOptimize(datagram);
        auto parsed = TeredoDatagram::parse(datagram);
        benchmark::DoNotOptimize(parsed);
    }
    state.SetItemsProcessed(state.iterations());
}

void parse_packet(benchmark::State& state) {
    std::array<std::byte, kMinimumMtu> packet{};
    write_ipv6_header(packet,
                      {.source = kPeer,
                       .destination = kNative,
                       .payload_length = kMinimumMtu - kIpv6HeaderSize,
                       .next_header = 6,
                       .hop_limit = 64});
    parse(state, packet);
}
BENCHMARK(parse_packet);

void parse_solicitation(benchmark::State& state) {
    const Authentication authentication{{}, {}, 0x0102030405060708U, 0};
    StaticBytes<kMaximumAuthenticationSize + kRouterSolicitationSize> datagram;
    write_authentication(datagram.extend(size_of(authentication)), authentication);
    static_cast<void>(datagram.append(build_router_solicitation(kClientLinkLocal).bytes()));
    parse(state, datagram.bytes());
}
BENCHMARK(parse_solicitation);

// Of so many bytes.
void checksum(benchmark::State& state) {
    const std::vector<std::byte> data(static_cast<std::size_t>(state.range(0)), std::byte{0x5A});
    for ([[maybe_unused]] const auto turn : state) {
        Bytes bytes{data};
        benchmark::DoNotOptimize(bytes);
        benchmark::DoNotOptimize(ones_complement_sum(bytes));
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum)->Arg(64)->Arg(1240);

}  // namespace
}  // namespace miredo::wire
