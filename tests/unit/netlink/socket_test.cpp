// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "netlink/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "fixture.hpp"

namespace miredo::netlink {
namespace {

void set_ipv4(const char* name, unsigned long request_code, Ipv4Address address) {
    const io::UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ifreq request{};
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    sockaddr_in value{};
    value.sin_family = AF_INET;
    value.sin_addr.s_addr = htonl(address.value());
    std::memcpy(&request.ifr_addr, &value, sizeof value);
    ASSERT_EQ(::ioctl(socket.get(), request_code, &request), 0) << std::strerror(errno);
}

TEST_F(NetlinkTest, FindsLinksByNameAndIndex) {
    const auto by_name = socket().find_link("ours");
    ASSERT_TRUE(by_name);
    ASSERT_TRUE(by_name->has_value());
    EXPECT_EQ((*by_name)->index, ours_);
    EXPECT_EQ((*by_name)->kind, "tun");
    EXPECT_FALSE((*by_name)->up);
    const auto by_index = socket().find_link(1);
    ASSERT_TRUE(by_index);
    ASSERT_TRUE(by_index->has_value());
    EXPECT_EQ((*by_index)->name, "lo");
    EXPECT_TRUE((*by_index)->up);
    EXPECT_FALSE(socket().find_link("nothing").value().has_value());
    EXPECT_FALSE(socket().find_link(9999).value().has_value());
}

TEST_F(NetlinkTest, TellsIpv4AddressesWithTheirSubnets) {
    set_ipv4("ours", SIOCSIFADDR, Ipv4Address{192, 0, 2, 77});
    set_ipv4("ours", SIOCSIFNETMASK, Ipv4Address{255, 255, 255, 192});
    const auto all = socket().ipv4_addresses();
    ASSERT_TRUE(all);
    bool loopback = false;
    bool ours = false;
    for (const Ipv4InterfaceAddress& address : *all) {
        if (address.index == 1) {
            loopback = address.address == Ipv4Address(127, 0, 0, 1);
            EXPECT_FALSE(address.broadcast);
        } else if (address.index == ours_) {
            ours = true;
            EXPECT_EQ(address.address, Ipv4Address(192, 0, 2, 77));
            EXPECT_EQ(address.subnet.length, 26);
            EXPECT_EQ(address.broadcast, Ipv4Address(192, 0, 2, 127));
        }
    }
    EXPECT_TRUE(loopback);
    EXPECT_TRUE(ours);
}

TEST_F(NetlinkTest, TellsIpv6AddressesOfOneOrAllInterfaces) {
    bring_up_without_address(ours_);
    const Ipv6Prefix address = prefix("2001:db8::7", 64);
    ASSERT_TRUE(set_address(ours_, address));
    const auto one = socket().ipv6_addresses(ours_);
    ASSERT_TRUE(one);
    ASSERT_EQ(one->size(), 1U);
    EXPECT_EQ(one->front().address, address);
    EXPECT_TRUE(one->front().no_prefix_route);
    EXPECT_FALSE(one->front().tentative);
    const auto all = socket().ipv6_addresses(0);
    ASSERT_TRUE(all);
    EXPECT_GE(all->size(), 2U);  // ::1 too
}

TEST_F(NetlinkTest, TellsEachRequestsOutcomeInABatch) {
    // Reached through a change that fails in the middle: the third still happens.
    bring_up_without_address(ours_);
    Ipv6InterfaceAddress wanted;
    wanted.address = prefix("2001:db8::1", 64);
    wanted.no_prefix_route = true;
    const std::vector<Ipv6Prefix> gone{prefix("2001:db8::2", 64), prefix("2001:db8::3", 64)};
    EXPECT_TRUE(replace_addresses(socket(), ours_, gone, wanted));
    EXPECT_EQ(addresses(ours_), std::vector{wanted.address});
    EXPECT_TRUE(socket().transact({}).value().empty());
}

TEST_F(NetlinkTest, RulesAreTheKernelsThreeAtFirst) {
    const auto all = socket().rules(0);
    ASSERT_TRUE(all);
    EXPECT_GE(all->size(), 2U);  // local and main
    for (const Rule& rule : *all) {
        EXPECT_FALSE(rule.suppress_prefix_length);
    }
    EXPECT_TRUE(socket().rules(kProtocol).value().empty());
}

}  // namespace
}  // namespace miredo::netlink
