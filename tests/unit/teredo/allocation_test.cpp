// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The data path allocates nothing (a program of its own: operator new counts).
#include <gtest/gtest.h>

#include "sim/seeded_random.hpp"
#include "teredo/client.hpp"
#include "teredo/server.hpp"
#include "unit/allocation_count.hpp"
#include "unit/teredo/packets.hpp"
#include "wire/ndp.hpp"

namespace miredo::teredo {
namespace {

constexpr Ipv4Address kServer{11, 0, 0, 1};
constexpr Endpoint kServerEndpoint{kServer, wire::kTeredoPort};
constexpr Endpoint kMapping{Ipv4Address{12, 1, 2, 3}, 4096};
constexpr Endpoint kRelay{Ipv4Address{15, 0, 0, 1}, 6000};

// Counts, and remembers no more than the latest datagram.
class CountingOutput final : public Output {
  public:
    void forward_to_udp(Endpoint, Bytes) override { ++datagrams; }
    void forward_to_ipv6(Bytes) override { ++packets; }
    void send(ServiceSocket, Endpoint, Bytes datagram) override {
        ++datagrams;
        last = {};
        ASSERT_TRUE(last.append(datagram.first(std::min<std::size_t>(datagram.size(), 1500))));
    }
    void inject(Bytes) override { ++packets; }
    void notify(const Event&) override {}

    std::uint64_t datagrams = 0;
    std::uint64_t packets = 0;
    StaticBytes<1500> last;
};

class AllocationTest : public testing::Test {
  protected:
    void SetUp() override {
        ClientSettings settings;
        settings.server = ServerAddresses{kServer, Ipv4Address{11, 0, 0, 2}};
        settings.max_peers = 512;
        client_.emplace(settings, random_, now_);
        client_->handle_timeout(now_, output_);
        const auto solicitation = wire::TeredoDatagram::parse(output_.last.bytes());
        ByteVector datagram(13 + wire::kOriginSize);
        wire::write_authentication(datagram, *solicitation->authentication);
        wire::write_origin(MutableBytes{datagram}.subspan(13), kMapping);
        const wire::RouterAdvertisementPacket advertisement = wire::build_router_advertisement(
            {.source = wire::teredo_link_local(wire::kConeFlag, kServerEndpoint),
             .destination = wire::kClientLinkLocal,
             .prefix = wire::TeredoAddress{kServer, 0, {}}.to_ipv6()});
        client_->handle_datagram(
            now_, {kServerEndpoint, concatenate({datagram, advertisement.bytes()})}, output_);
        ASSERT_TRUE(client_->status().address.has_value());
    }

    [[nodiscard]] Ipv6Address own() const { return *client_->status().address; }
    static Endpoint mapping(std::uint32_t number) {
        return {Ipv4Address{0x0D000000U + number}, 5000};
    }
    static Ipv6Address peer(std::uint32_t number) {
        return wire::TeredoAddress{kServer, 0, mapping(number)}.to_ipv6();
    }

    // Everything a client does with peers, `first` to `last` of them.
    void work(std::uint32_t first, std::uint32_t last);

    Instant now_{std::chrono::hours{1}};
    sim::SeededRandom random_{1};
    std::optional<Client> client_;
    CountingOutput output_;
};

void AllocationTest::work(std::uint32_t first, std::uint32_t last) {
    std::array<std::byte, 1280> packet{};
    for (std::uint32_t i = first; i < last; ++i) {
        const auto fill = [&](const Ipv6Address& from, const Ipv6Address& to) {
            wire::write_ipv6_header(packet,
                                    {.source = from,
                                     .destination = to,
                                     .payload_length = 1240,
                                     .next_header = 17,
                                     .hop_limit = 64});
        };
        fill(own(), peer(i));
        client_->handle_packet(now_, packet, output_);  // bubbles, queued
        if (i % 2 == 0) {
            const wire::Bubble bubble = wire::build_bubble(peer(i), own());
            client_->handle_datagram(now_, {mapping(i), bubble.bytes()}, output_);  // flushed
            client_->handle_packet(now_, packet, output_);
            fill(peer(i), own());
            client_->handle_datagram(now_, {mapping(i), packet}, output_);
        }
        fill(Ipv6Address{0x2600000000000000U, i}, own());
        client_->handle_datagram(now_, {kRelay, packet}, output_);  // held
        fill(own(), Ipv6Address{0x2600000000000000U, i + 1000});
        client_->handle_packet(now_, packet, output_);  // a connectivity test, queued
        now_ += milliseconds{20};
        client_->handle_timeout(now_, output_);
    }
}

TEST_F(AllocationTest, the_data_path_allocates_nothing) {
    work(0, 2000);
    const std::uint64_t before = allocation_count();
    work(2000, 6000);
    EXPECT_EQ(allocation_count(), before);
    EXPECT_GT(output_.packets, 1000U);
    EXPECT_GT(output_.datagrams, 10'000U);
}

TEST(ServerAllocationTest, answering_and_forwarding_allocate_nothing) {
    constexpr Instant kBegin{std::chrono::hours{1}};
    sim::SeededRandom random{1};
    ServerSettings settings;
    settings.primary = kServer;
    settings.secrets = {{{std::byte{7}}, {std::byte{8}}}};
    Server server{settings, random, kBegin};
    CountingOutput output;
    const auto packet = wire::build_router_solicitation(wire::kClientLinkLocal);
    std::array<std::byte, 14> header{};
    wire::write_authentication(header, {settings.secrets[0].client_identifier, {}, 1, 0});
    const ByteVector solicitation = concatenate({header, packet.bytes()});
    const std::uint64_t before = allocation_count();
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const Instant now = kBegin + i * milliseconds{10};
        const Endpoint from{Ipv4Address{0x0D000000U + (i << 8U)}, 5000};
        server.handle_datagram(now, {from, solicitation}, output);
        const wire::Bubble bubble =
            wire::build_bubble(wire::TeredoAddress{kServer, 0, from}.to_ipv6(),
                               wire::TeredoAddress{kServer, 0, kMapping}.to_ipv6());
        server.handle_datagram(now, {from, bubble.bytes()}, output);
    }
    EXPECT_EQ(allocation_count(), before);
    EXPECT_EQ(server.counters().advertisements_sent, 1000U);
    EXPECT_EQ(server.counters().forwarded_to_udp, 1000U);
}

TEST_F(AllocationTest, the_counter_counts) {
    const std::uint64_t before = allocation_count();
    const auto memory = std::make_unique<int>(1);
    EXPECT_EQ(allocation_count(), before + 1);
    EXPECT_EQ(*memory, 1);
}

}  // namespace
}  // namespace miredo::teredo
