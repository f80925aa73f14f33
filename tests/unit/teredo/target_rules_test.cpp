// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/target_rules.hpp"

#include <gtest/gtest.h>

namespace miredo::teredo {
namespace {

constexpr Endpoint kPeer{Ipv4Address{13, 1, 2, 3}, 5000};
constexpr Endpoint kMapping{Ipv4Address{12, 1, 2, 3}, 4096};

TargetRules make_rules() {
    Surroundings surroundings;
    surroundings.filter = wire::Ipv4Filter{false, {Ipv4Address{12, 9, 9, 255}}};
    surroundings.own_addresses = {Ipv4Address{16, 0, 0, 1}, Ipv4Address{16, 0, 0, 2}};
    surroundings.own_ports = {5555, 3544};
    TargetRules rules{surroundings};
    rules.set_own_mapping(kMapping);
    rules.set_servers(ServerAddresses{Ipv4Address{11, 0, 0, 1}, Ipv4Address{11, 0, 0, 2}});
    return rules;
}

TEST(TargetRules, let_peers_be_sent_to) {
    EXPECT_TRUE(make_rules().may_send_to(kPeer));
    EXPECT_TRUE(make_rules().may_send_bubble_to(kPeer));
}

TEST(TargetRules, refuse_port_0_and_unusable_addresses) {
    EXPECT_FALSE(make_rules().may_send_to({kPeer.address, 0}));
    EXPECT_FALSE(make_rules().may_send_to({Ipv4Address{10, 0, 0, 1}, 5000}));
    EXPECT_FALSE(make_rules().may_send_to({Ipv4Address{12, 9, 9, 255}, 5000}));
}

TEST(TargetRules, refuse_ourselves) {
    EXPECT_FALSE(make_rules().may_send_to(kMapping));
    EXPECT_TRUE(make_rules().may_send_to({kMapping.address, 4097}));  // a neighbour behind our NAT
    EXPECT_FALSE(make_rules().may_send_to({Ipv4Address{16, 0, 0, 2}, 5555}));
    EXPECT_FALSE(make_rules().may_send_to({Ipv4Address{16, 0, 0, 1}, 3544}));
    EXPECT_TRUE(make_rules().may_send_to({Ipv4Address{16, 0, 0, 1}, 5556}));
}

TEST(TargetRules, refuse_bubbles_to_the_service_port_of_our_servers_only) {
    for (const Ipv4Address server : {Ipv4Address{11, 0, 0, 1}, Ipv4Address{11, 0, 0, 2}}) {
        EXPECT_TRUE(make_rules().may_send_to({server, 3544}));
        EXPECT_FALSE(make_rules().may_send_bubble_to({server, 3544}));
        EXPECT_TRUE(make_rules().may_send_bubble_to({server, 6000}));  // the relay beside it
    }
}

// A peer's address may name any server, and a NAT may have mapped our own port to 3544.
TEST(TargetRules, take_ourselves_for_nobodys_server) {
    TargetRules rules = make_rules();
    EXPECT_TRUE(rules.may_be_server(kMapping.address));
    rules.set_own_mapping(Endpoint{kMapping.address, 3544});
    EXPECT_FALSE(rules.may_be_server(kMapping.address));
    EXPECT_TRUE(rules.may_be_server(Ipv4Address{16, 0, 0, 1}));  // one on this host
    EXPECT_FALSE(rules.may_be_server(Ipv4Address{10, 0, 0, 1}));
}

TEST(TargetRules, know_nothing_of_ourselves_before_they_are_told) {
    const TargetRules rules;
    EXPECT_TRUE(rules.may_send_bubble_to(kMapping));
    EXPECT_FALSE(rules.is_own(kMapping));
}

}  // namespace
}  // namespace miredo::teredo
