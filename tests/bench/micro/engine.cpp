// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the engine makes of a packet, with few and with very many peers, and of a solicitation. The
// output is an arena that is emptied now and then, as the daemon's: nothing else is measured.
#include <array>
#include <memory>
#include <numeric>

#include <benchmark/benchmark.h>

#include "sim/seeded_random.hpp"
#include "teredo/peer_table.hpp"
#include "teredo/relay.hpp"
#include "teredo/server.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::teredo {
namespace {

constexpr Ipv4Address kServer{45, 10, 1, 2};
constexpr Ipv4Address kFirstPeer{46, 0, 0, 0};
constexpr Ipv6Address kNative{0x2a00123400000000U, 2};
constexpr Instant kBegin{std::chrono::hours{1}};

class CountingOutput final : public Output {
  public:
    void forward_to_udp(Endpoint /*to*/, Bytes /*packet*/) override { ++count_; }
    void forward_to_ipv6(Bytes /*packet*/) override { ++count_; }
    void send(ServiceSocket /*socket*/, Endpoint /*to*/, Bytes datagram) override {
        std::copy(datagram.begin(), datagram.end(), copy_.begin());
        benchmark::DoNotOptimize(copy_);
        ++count_;
    }
    void inject(Bytes packet) override { send(ServiceSocket::kPrimary, {}, packet); }
    void notify(const Event& /*event*/) override {}

    [[nodiscard]] std::int64_t count() const { return count_; }

  private:
    std::array<std::byte, 2048> copy_{};
    std::int64_t count_ = 0;
};

// The turn of a peer: all have one, neighbours far apart.
class Turns {
  public:
    explicit Turns(std::uint32_t count) : count_{count}, stride_{count * 618ULL / 1000 | 1U} {
        while (std::gcd(stride_, std::uint64_t{count_}) != 1) {
            stride_ += 2;
        }
    }
    [[nodiscard]] std::uint32_t next() {
        at_ = (at_ + stride_) % count_;
        return static_cast<std::uint32_t>(at_);
    }

  private:
    std::uint32_t count_;
    std::uint64_t stride_;
    std::uint64_t at_ = 0;
};

Endpoint endpoint_of(std::uint32_t number) {
    return {Ipv4Address{kFirstPeer.value() + number}, 40000};
}

Ipv6Address address_of(std::uint32_t number) {
    return wire::TeredoAddress{kServer, 0, endpoint_of(number)}.to_ipv6();
}

void find_peer(benchmark::State& state) {
    const auto count = static_cast<std::uint32_t>(state.range(0));
    sim::SeededRandom random{1};
    PeerTable table{2 * count, random};
    for (std::uint32_t i = 0; i < count; ++i) {
        table.insert(kBegin, address_of(i));
    }
    Turns turns{count};
    for ([[maybe_unused]] const auto turn : state) {
        benchmark::DoNotOptimize(table.find(address_of(turns.next())));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find_peer)->RangeMultiplier(10)->Range(1'000, 1'000'000);

using Packet = std::array<std::byte, 112>;

Packet packet_between(const Ipv6Address& source, const Ipv6Address& destination) {
    Packet packet{};
    wire::write_ipv6_header(packet,
                            {.source = source,
                             .destination = destination,
                             .payload_length = sizeof packet - wire::kIpv6HeaderSize,
                             .next_header = 17,
                             .hop_limit = 64});
    return packet;
}

// A relay to which so many peers have just answered.
std::unique_ptr<Relay> make_relay(std::uint32_t peers, RandomSource& random, Output& output) {
    RelaySettings settings;
    settings.max_peers = 2 * peers;
    settings.bubbles_per_second = 1'000'000;
    auto relay = std::make_unique<Relay>(settings, random, kBegin);
    for (std::uint32_t i = 0; i < peers; ++i) {
        const Instant now = kBegin + i * std::chrono::microseconds{10};
        const Ipv6Address source{0x2a02000000000000U | std::uint64_t{i} << 16U, 1};
        relay->handle_packet(now, packet_between(source, address_of(i)), output);
        const wire::Bubble bubble = wire::build_bubble(address_of(i), wire::kClientLinkLocal);
        relay->handle_datagram(now, {endpoint_of(i), bubble.bytes()}, output);
    }
    return relay;
}

// As a shard does: so many at once, and the role is told whom they are from or for.
constexpr std::size_t kBatch = 64;

// Calls `handle(relay, now, number of a peer, output)` for each packet.
template <typename Handle>
void run_batches(benchmark::State& state, Handle handle) {
    const auto count = static_cast<std::uint32_t>(state.range(0));
    sim::SeededRandom random{1};
    CountingOutput output;
    const auto relay = make_relay(count, random, output);
    const Instant now = kBegin + std::chrono::seconds{15};
    Turns turns{count};
    std::array<std::uint32_t, kBatch> numbers{};
    std::array<Ipv6Address, kBatch> addresses{};
    for ([[maybe_unused]] const auto turn : state) {
        for (std::size_t i = 0; i < kBatch; ++i) {
            numbers[i] = turns.next();
            addresses[i] = address_of(numbers[i]);
        }
        if (relay->has_many_peers()) {
            relay->expect(addresses);
        }
        for (const std::uint32_t number : numbers) {
            handle(*relay, now, number, output);
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
    state.counters["known"] = relay->status().proven_peers;
}

void relay_up(benchmark::State& state) {
    run_batches(state, [](Relay& relay, Instant now, std::uint32_t peer, Output& output) {
        const Packet packet = packet_between(address_of(peer), kNative);
        relay.handle_datagram(now, {endpoint_of(peer), packet}, output);
    });
}
BENCHMARK(relay_up)->RangeMultiplier(10)->Range(1'000, 1'000'000);

void relay_down(benchmark::State& state) {
    run_batches(state, [](Relay& relay, Instant now, std::uint32_t peer, Output& output) {
        relay.handle_packet(now, packet_between(kNative, address_of(peer)), output);
    });
}
BENCHMARK(relay_down)->RangeMultiplier(10)->Range(1'000, 1'000'000);

// From clients in as many /24 as there are buckets for them: none is refused.
void server_answer(benchmark::State& state) {
    sim::SeededRandom random{1};
    ServerSettings settings;
    settings.primary = kServer;
    settings.secondary = Ipv4Address{kServer.value() + 1};
    settings.surroundings.own_addresses = {kServer, *settings.secondary};
    Server server{settings, random, kBegin};
    const wire::Authentication authentication{{}, {}, 0x0102030405060708U, 0};
    StaticBytes<wire::kMaximumAuthenticationSize + wire::kRouterSolicitationSize> asked;
    wire::write_authentication(asked.extend(wire::size_of(authentication)), authentication);
    static_cast<void>(
        asked.append(wire::build_router_solicitation(wire::kClientLinkLocal).bytes()));
    CountingOutput output;
    std::uint32_t number = 0;
    for ([[maybe_unused]] const auto turn : state) {
        ++number;
        const Instant now = kBegin + number * std::chrono::microseconds{5};
        const Endpoint from{Ipv4Address{kFirstPeer.value() + ((number & 0xFFFFU) << 8U)}, 4095};
        server.handle_datagram(now, {from, asked.bytes(), ServiceSocket::kPrimary}, output);
    }
    state.SetItemsProcessed(output.count());
    state.counters["answered"] = static_cast<double>(output.count()) / number;
}
BENCHMARK(server_answer);

}  // namespace
}  // namespace miredo::teredo
