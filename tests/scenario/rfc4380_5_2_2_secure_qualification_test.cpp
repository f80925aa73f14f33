// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// RFC 4380 §5.2.2, Secure qualification, with both ends: who shares a secret with the server, who
// does not, and somebody in between who changes what passes. The values on the wire are judged by
// tests/conformance/check_pcap, which computes them by itself.
#include <fstream>
#include <string_view>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "scenario/capture.hpp"
#include "scenario/expectations.hpp"
#include "scenario/observation.hpp"
#include "sim/internet.hpp"
#include "sim/pcap_writer.hpp"

namespace miredo::scenario {
namespace {

using sim::ClientHost;
using sim::Internet;
using sim::NatKind;

[[nodiscard]] std::vector<std::byte> bytes_of(std::string_view text) {
    const Bytes bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}
[[nodiscard]] teredo::SharedSecret secret(std::string_view identifier, std::string_view key) {
    return {bytes_of(identifier), bytes_of(key)};
}

struct Rfc4380Section522 : testing::Test {
    Internet internet;

    // The server knows Alice by two keys, of which the first is the valid one.
    void SetUp() override {
        teredo::ServerSettings settings;
        settings.primary = Internet::kServer;
        settings.secondary = Internet::kSecondServer;
        settings.surroundings.own_addresses = {Internet::kServer, Internet::kSecondServer};
        settings.surroundings.own_ports = {wire::kTeredoPort};
        settings.secrets = {secret("alice", "new key"), secret("alice", "old key")};
        settings.requires_authentication = true;
        internet.server().with_role(
            [&](auto& role, Instant now, auto& output) { role.apply(now, settings, output); });
    }
    ClientHost& add_client(std::optional<teredo::SharedSecret> shared) {
        auto settings = Internet::client_settings();
        settings.secret = std::move(shared);
        return internet.add_client(NatKind::kPortRestricted, settings);
    }
    [[nodiscard]] std::size_t answers() {
        return sent_by(internet.network(), internet.server()).size();
    }
};

TEST_F(Rfc4380Section522, WhoSharesASecretIsQualified) {
    conformance::shows("Q32", "Q34", "S28", "S29", "S30");
    const CaptureFile file{"secure"};
    {
        std::ofstream out{file.path(), std::ios::binary};
        sim::PcapWriter writer{out};
        internet.network().add_observer(writer);
        ClientHost& client = add_client(secret("alice", "new key"));
        ASSERT_TRUE(internet.run_until_qualified(seconds{1}));
        internet.run_for(minutes{5});
        EXPECT_EQ(client.address_history().size(), 1U);
        for (const Observation& answer : sent_by(internet.network(), internet.server())) {
            EXPECT_EQ(answer.teredo().authentication.value().confirmation, 0);
        }
        EXPECT_FALSE(client.role().status().is_key_outdated);
    }
    const auto [said, is_right] = check_capture(file.path(), "--secret alice 'new key'");
    EXPECT_TRUE(is_right) << said;
    EXPECT_NE(said.find("advertisement"), std::string::npos) << said;
}

// "the confirmation byte": the key still works, and the client hears that there is another one.
TEST_F(Rfc4380Section522, WhoHasAnOldKeyHearsOfIt) {
    conformance::shows("S29", "Q35");
    ClientHost& client = add_client(secret("alice", "old key"));
    ASSERT_TRUE(internet.run_until_qualified(seconds{1}));
    for (const Observation& answer : sent_by(internet.network(), internet.server())) {
        EXPECT_NE(answer.teredo().authentication.value().confirmation, 0);
    }
    EXPECT_TRUE(client.role().status().is_key_outdated);
}

// §5.3.1, rule 4: whoever does not authenticate gets no answer at all.
TEST_F(Rfc4380Section522, NobodyElseIsAnswered) {
    conformance::shows("S7");
    add_client(std::nullopt);
    add_client(secret("alice", "a guess"));
    add_client(secret("bob", "new key"));
    internet.run_for(minutes{2});
    EXPECT_EQ(answers(), 0U);
}

// Somebody on the way to the client changes each datagram; UDP's checksum does not tell. What the
// client believes all the same is what the server has said.
TEST_F(Rfc4380Section522, WhatWasChangedOnTheWayIsNotBelieved) {
    conformance::shows("Q33");
    ClientHost& client = add_client(secret("alice", "new key"));
    sim::Link spoilt;
    spoilt.inbound.corruption = 1;
    spoilt.inbound.undetected = 1;
    internet.network().set_link(client, spoilt);
    internet.run_for(minutes{30});
    EXPECT_GT(answers(), 50U);
    const auto& drops = client.role().counters();
    EXPECT_GT(drops.drops(teredo::DropReason::kAdvertisementNotAuthentic), 10U);
    const auto sent = sent_by(internet.network(), client);
    for (const Ipv6Address& address : client.address_history()) {
        EXPECT_EQ(wire::TeredoAddress::parse(address)->mapped, sent.at(0).from);
    }
    internet.network().set_link(client, sim::Link{});
    EXPECT_TRUE(internet.run_until_qualified(minutes{1}));
}

}  // namespace
}  // namespace miredo::scenario
