// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What can be seen of a run from outside: observers, captures, the hash, and that long runs need
// not be kept.
#include "sim/observer.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "sim/internet.hpp"
#include "sim/pcap_writer.hpp"
#include "sim/plain_host.hpp"
#include "wire/checksum.hpp"

namespace miredo::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Endpoint kNearby{Ipv4Address{93, 1, 0, 1}, 3544};
constexpr Endpoint kFaraway{Ipv4Address{94, 1, 0, 1}, 40000};

// One line for each thing seen.
struct Diary final : Observer {
    std::vector<std::string> lines;

    void on_sent(Instant /*now*/, const Transmission& datagram) override {
        write("sent", datagram);
    }
    void on_core(Instant /*now*/, const Transmission& datagram) override {
        write("core", datagram);
    }
    void on_end(Instant /*now*/, const Transmission& datagram, const Delivery* delivery) override {
        write(to_string(datagram.fate), datagram);
        EXPECT_EQ(delivery != nullptr, datagram.fate == Fate::kDelivered);
    }
    void write(std::string_view what, const Transmission& datagram) {
        lines.push_back(std::string{what} + ' ' + std::to_string(datagram.number) + '.' +
                        std::to_string(datagram.copy));
    }
};

struct ObserverTest : testing::Test {
    Network network;
    PlainHost near{network};
    PlainHost far{network};
    Diary diary;

    ObserverTest() {
        network.attach(near, {kNearby.address}, Link{});
        network.attach(far, {kFaraway.address}, Link{});
        network.add_observer(diary);
    }
};

TEST_F(ObserverTest, SeesEveryStage) {
    near.send(kNearby, kFaraway, Packet(10));
    network.run_for(seconds{1});
    network.set_connected(far, false);
    near.send(kNearby, kFaraway, Packet(10));
    network.run_for(seconds{1});
    near.send(kNearby, {Ipv4Address{95, 1, 1, 1}, 1}, Packet(10));
    network.run_for(seconds{1});
    const std::vector<std::string> expected{"sent 0.0",
                                            "core 0.0",
                                            "delivered 0.0",
                                            "sent 1.0",
                                            "core 1.0",
                                            "disconnected 1.0",
                                            "sent 2.0",
                                            "core 2.0",
                                            "no-route 2.0"};
    EXPECT_EQ(diary.lines, expected);
}

TEST_F(ObserverTest, SeesDuplicatesOneByOne) {
    Link link;
    link.outbound.duplication = 1;
    network.set_link(near, link);
    link = {};
    link.inbound.duplication = 1;
    network.set_link(far, link);
    near.send(kNearby, kFaraway, Packet(10));
    network.run_for(seconds{1});
    std::vector<std::string> delivered;
    for (const std::string& line : diary.lines) {
        if (line.starts_with("delivered")) {
            delivered.push_back(line);
        }
    }
    std::sort(delivered.begin(), delivered.end());
    EXPECT_EQ(delivered,
              (std::vector<std::string>{
                  "delivered 0.0", "delivered 0.1", "delivered 0.2", "delivered 0.3"}));
    EXPECT_EQ(far.received().size(), 4U);
    EXPECT_EQ(network.sent_count(), 1U);
}

TEST_F(ObserverTest, NothingIsKeptWhereNothingShallBe) {
    near.send(kNearby, kFaraway, Packet(10));
    network.set_keeping(false);
    near.send(kNearby, kFaraway, Packet(10));
    network.run_for(seconds{1});
    EXPECT_EQ(network.transmissions().size(), 1U);
    EXPECT_EQ(network.transmissions()[0].fate, Fate::kDelivered);
    EXPECT_EQ(far.received().size(), 2U);
    EXPECT_EQ(diary.lines.size(), 6U);
}

// The hash sees times, endpoints, bytes and fates, and not who else looks on.
TEST(TraceHash, TellsRunsApart) {
    struct Variant {
        Duration latency = milliseconds{5};
        std::uint16_t port = kNearby.port;
        std::byte byte{1};
        bool is_connected = true;
        bool is_keeping = true;
    };
    const auto hash = [](const Variant& variant) {
        Network network;
        network.set_keeping(variant.is_keeping);
        PlainHost near{network};
        PlainHost far{network};
        network.attach(near, {kNearby.address}, Link{variant.latency});
        network.attach(far, {kFaraway.address}, Link{});
        network.set_connected(far, variant.is_connected);
        near.send(
            {kNearby.address, variant.port}, kFaraway, std::array{variant.byte, std::byte{2}});
        network.run_for(seconds{1});
        return network.trace_hash();
    };
    const std::uint64_t plain = hash({});
    EXPECT_NE(plain, 0U);
    EXPECT_EQ(hash({}), plain);
    EXPECT_EQ(hash({.is_keeping = false}), plain);
    EXPECT_NE(hash({.latency = milliseconds{6}}), plain);
    EXPECT_NE(hash({.port = 1}), plain);
    EXPECT_NE(hash({.byte = std::byte{3}}), plain);
    EXPECT_NE(hash({.is_connected = false}), plain);
}

// A whole Internet with every fault there is.
std::uint64_t busy_run(std::uint64_t seed, Observer* observer = nullptr) {
    InternetOptions options;
    options.seed = seed;
    options.is_keeping = false;
    options.link.outbound = {.loss = 0.05,
                             .bursts = {.enter = 0.01, .leave = 0.2},
                             .duplication = 0.05,
                             .corruption = 0.02,
                             .undetected = 0.01,
                             .jitter = milliseconds{30},
                             .reordering = 0.05};
    options.link.inbound = options.link.outbound;
    Internet internet{options};
    if (observer != nullptr) {
        internet.network().add_observer(*observer);
    }
    for (const NatKind kind : kNatKinds) {
        static_cast<void>(internet.add_client(kind));
    }
    static_cast<void>(internet.run_until_qualified(minutes{2}));
    internet.native().ping(Internet::kNative, 1);
    internet.run_for(minutes{10});
    EXPECT_TRUE(internet.network().transmissions().empty());
    return internet.network().trace_hash();
}

TEST(TraceHash, OneSeedOneHash) {
    const std::uint64_t first = busy_run(1);
    EXPECT_EQ(busy_run(1), first);
    EXPECT_NE(busy_run(2), first);
    Diary diary;
    EXPECT_EQ(busy_run(1, &diary), first) << "an observer changes nothing";
    EXPECT_GT(diary.lines.size(), 500U);
}

// Turn by turn: what goes into a role, and all that it says to it.
TEST(RoleTurns, AreSeenBeforeTheyLeave) {
    Internet internet;
    ClientHost& client = internet.add_client(NatKind::kPortRestricted);
    std::vector<RoleInput> inputs;
    std::uint64_t datagrams = 0;
    client.observe([&](const RoleTurn& turn) {
        EXPECT_EQ(turn.host, &client);
        EXPECT_EQ(turn.now, internet.network().now());
        EXPECT_EQ(turn.bytes.empty(),
                  turn.input != RoleInput::kDatagram && turn.input != RoleInput::kPacket);
        inputs.push_back(turn.input);
        for (const RecordingOutput::Action& action : turn.actions) {
            datagrams += std::holds_alternative<RecordingOutput::ToUdp>(action) ? 1U : 0U;
        }
    });
    ASSERT_TRUE(internet.run_until_qualified());
    client.ping(Internet::kNative, 1);
    client.with_role(
        [](auto& role, Instant now, teredo::Output& output) { role.requalify(now, output); });
    internet.run_for(seconds{1});
    EXPECT_TRUE(client.stack().reply_from(Internet::kNative, 1));
    for (const RoleInput input :
         {RoleInput::kDatagram, RoleInput::kPacket, RoleInput::kTimeout, RoleInput::kOther}) {
        EXPECT_NE(std::count(inputs.begin(), inputs.end(), input), 0);
    }
    EXPECT_EQ(inputs.front(), RoleInput::kTimeout);
    const auto& sent = internet.network().transmissions();
    const auto count = std::count_if(sent.begin(), sent.end(), [&](const Transmission& datagram) {
        return datagram.sender == &client;
    });
    EXPECT_EQ(datagrams, static_cast<std::uint64_t>(count));
}

// The capture, read by the letter of RFC 791 and RFC 768.
class Capture {
  public:
    explicit Capture(const std::string& file) : bytes_(file.size()) {
        std::transform(file.begin(), file.end(), bytes_.begin(), [](char c) {
            return static_cast<std::byte>(c);
        });
        EXPECT_EQ(load_be32(bytes_), 0xA1B23C4DU);
        EXPECT_EQ(load_be32(at(4)), 0x00020004U);
        EXPECT_EQ(load_be32(at(20)), 101U);
        for (std::size_t offset = 24; offset < bytes_.size();) {
            const std::uint32_t size = load_be32(at(offset + 8));
            EXPECT_EQ(load_be32(at(offset + 12)), size);
            times.push_back(
                Instant{seconds{load_be32(at(offset))} + Duration{load_be32(at(offset + 4))}});
            packets.push_back(to_packet(at(offset + 16).first(size)));
            offset += 16 + size;
        }
    }
    std::vector<Instant> times;
    std::vector<Packet> packets;

  private:
    [[nodiscard]] Bytes at(std::size_t offset) const { return Bytes{bytes_}.subspan(offset); }

    Packet bytes_;
};

bool is_udp_checksum_right(Bytes packet) {
    Packet pseudo = to_packet(packet.subspan(12));
    Packet extra(4);
    store_be16(extra, 17);
    store_be16(MutableBytes{extra}.subspan(2), static_cast<std::uint16_t>(packet.size() - 20));
    pseudo.insert(pseudo.end(), extra.begin(), extra.end());
    if (packet.size() % 2 != 0) {  // the odd byte is the last one
        pseudo.insert(pseudo.end() - 4, std::byte{0});
    }
    return wire::ones_complement_sum(pseudo) == 0xFFFF;
}

struct PcapWriterTest : ObserverTest {
    std::ostringstream file;
    PcapWriter pcap{file};
    PcapWriterTest() { network.add_observer(pcap); }
};

TEST_F(PcapWriterTest, WritesWhatTheCoreSees) {
    SeededRandom random{1};
    Nat nat{behaviour_of(NatKind::kFullCone).value(), Ipv4Address{95, 1, 1, 1}, random};
    PlainHost inside{network};
    const Endpoint internal{Ipv4Address{192, 168, 1, 2}, 1};
    network.attach(inside, {internal.address}, Link{}, &nat);
    for (std::size_t size = 0; size < 40; ++size) {
        inside.send(internal, kFaraway, Packet(size, std::byte{0x5A}));
        network.run_for(seconds{1});
    }
    const Endpoint external = far.received().at(0).datagram.from;
    const Capture capture{file.str()};
    ASSERT_EQ(capture.packets.size(), 40U);
    EXPECT_EQ(pcap.packet_count(), 40U);
    for (std::size_t size = 0; size < 40; ++size) {
        const Packet& packet = capture.packets[size];
        EXPECT_EQ(capture.times[size], network.transmissions()[size].sent + milliseconds{5});
        ASSERT_EQ(packet.size(), 28 + size);
        EXPECT_EQ(wire::ones_complement_sum(Bytes{packet}.first(20)), 0xFFFF);
        EXPECT_EQ(load_be32(Bytes{packet}.subspan(12)), external.address.value());
        EXPECT_EQ(load_be32(Bytes{packet}.subspan(16)), kFaraway.address.value());
        EXPECT_EQ(load_be16(Bytes{packet}.subspan(20)), external.port);
        EXPECT_EQ(load_be16(Bytes{packet}.subspan(22)), kFaraway.port);
        EXPECT_EQ(load_be16(Bytes{packet}.subspan(24)), 8 + size);
        EXPECT_TRUE(is_udp_checksum_right(packet));
    }
}

TEST_F(PcapWriterTest, ShowsCorruptionAsTheReceiverSeesIt) {
    for (const double undetected : {0.0, 1.0}) {
        Link link;
        link.outbound.corruption = 1;
        link.outbound.undetected = undetected;
        network.set_link(near, link);
        near.send(kNearby, kFaraway, Packet(100));
        network.run_for(seconds{1});
    }
    const Capture capture{file.str()};
    ASSERT_EQ(capture.packets.size(), 2U);
    EXPECT_FALSE(is_udp_checksum_right(capture.packets[0]));
    EXPECT_TRUE(is_udp_checksum_right(capture.packets[1]));
    EXPECT_NE(capture.packets[1], capture.packets[0]);
}

TEST_F(PcapWriterTest, HasNativePacketsToo) {
    NativeHost native{network, {0x2a00000100000000U, 1}};
    network.attach(native, {}, Link{});
    network.route({native.address(), 128}, native);
    native.ping(native.address(), 1);
    network.run_for(seconds{1});
    const Capture capture{file.str()};
    ASSERT_EQ(capture.packets.size(), 2U);  // the host has answered itself
    EXPECT_EQ(capture.packets[0], network.native_transmissions()[0].bytes);
}

}  // namespace
}  // namespace miredo::sim
