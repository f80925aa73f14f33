// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The wire format of all that the roles send, judged by tests/conformance/check_pcap, which was
// written from the RFCs and shares nothing with the engine. With MIREDO_PCAP=DIRECTORY the captures
// stay there, for Wireshark.
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/capture.hpp"
#include "scenario/expectations.hpp"
#include "scenario/packets.hpp"
#include "sim/internet.hpp"
#include "sim/pcap_writer.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;

struct WireFormat : testing::TestWithParam<teredo::RelayMode> {};

// A client of each kind, talking to the next, to nobody and to a native host, which talks back;
// refreshes, a NAT that restarts, a server that is away.
void live(Internet& internet) {
    std::vector<ClientHost*> clients;
    clients.reserve(sim::kNatKinds.size());
    for (const sim::NatKind kind : sim::kNatKinds) {
        clients.push_back(&internet.add_client(kind));
    }
    ASSERT_TRUE(internet.run_until_qualified());
    const Ipv6Address nobody =
        wire::TeredoAddress{Internet::kServer, 0, {Ipv4Address{96, 9, 9, 9}, 9999}}.to_ipv6();
    for (std::uint16_t round = 1; round <= 3; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            const ClientHost& next = *clients[(i + round) % clients.size()];
            clients[i]->ping(next.address().value(), round);
            clients[i]->ping(Internet::kNative, round);
            clients[i]->ping(nobody, round);
            clients[i]->send_packet(ipv6_packet(
                clients[i]->address().value(), Internet::kNative, 17, sim::Packet(1240)));
            internet.native().ping(clients[i]->address().value(), round);
        }
        internet.native().ping(nobody, round);
        internet.run_for(minutes{2});
        internet.nat_of(*clients[round]).rebind();
        internet.run_for(minutes{1});
    }
    internet.network().set_connected(internet.server(), false);
    internet.run_for(minutes{3});
    internet.network().set_connected(internet.server(), true);
    internet.run_for(minutes{2});
}

TEST_P(WireFormat, IsThatOfTheRfcs) {
    conformance::shows("W3", "W4", "W8", "W22", "W33", "Q2", "Q3", "Q4");
    conformance::shows("C2", "C4", "C16", "R4", "S15", "S23", "S24", "S27", "E1");
    const std::string mode =
        GetParam() == teredo::RelayMode::kCone ? "cone-relay" : "restricted-relay";
    const CaptureFile file{mode};
    {
        std::ofstream out{file.path(), std::ios::binary};
        sim::PcapWriter writer{out};
        Internet internet{{7, {}, GetParam()}};
        internet.network().add_observer(writer);
        live(internet);
        ASSERT_TRUE(out.good());
        ASSERT_GT(writer.packet_count(), 500U);
    }
    const auto [said, is_right] = check_capture(file.path());
    EXPECT_TRUE(is_right) << said;
    for (const char* const kind :
         {"advertisement", "bubble", "data", "solicitation", "through a server"}) {
        EXPECT_NE(said.find(kind), std::string::npos) << said;
    }
}

INSTANTIATE_TEST_SUITE_P(Relays,
                         WireFormat,
                         testing::Values(teredo::RelayMode::kCone, teredo::RelayMode::kRestricted));

// The checker has been wired up: what is wrong in a capture makes it fail.
TEST(WireFormatChecker, FindsWhatIsWrong) {
    const CaptureFile file{"wrong"};
    {
        std::ofstream out{file.path(), std::ios::binary};
        sim::PcapWriter writer{out};
        sim::Transmission wrong;
        wrong.external = {Ipv4Address{96, 1, 0, 1}, 50000};
        wrong.destination = {Internet::kServer, wire::kTeredoPort};
        wrong.bytes = bubble(Internet::kNative, Internet::kNative);
        wrong.bytes.resize(39);
        writer.on_core(Instant{}, wrong);
    }
    const auto [said, is_right] = check_capture(file.path());
    EXPECT_FALSE(is_right);
    EXPECT_NE(said.find("frame 1 "), std::string::npos) << said;
}

}  // namespace
}  // namespace miredo::scenario
