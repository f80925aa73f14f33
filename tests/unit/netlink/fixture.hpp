// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// What the tests of this room share: a private network with two tun devices.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <vector>

#include <linux/if_tun.h>
#include <net/if.h>

#include <gtest/gtest.h>

#include "netlink/changes.hpp"
#include "netlink/socket.hpp"
#include "private_network.hpp"

namespace miredo::netlink {

// `address/length` with all of the address's bits.
inline Ipv6Prefix prefix(const char* address, std::uint8_t length) {
    return {Ipv6Address::parse(address).value(), length};
}

class NetlinkTest : public ::testing::Test {
  protected:
    void SetUp() override {
        MIREDO_NEEDS_PRIVATE_NETWORK();
        ours_fd_ = test::make_tun("ours", IFF_TUN | IFF_NO_PI);
        other_fd_ = test::make_tun("other", IFF_TUN | IFF_NO_PI);
        if (!ours_fd_ || !other_fd_) {
            GTEST_SKIP() << "no tun device: " << std::strerror(errno);
        }
        ours_ = ::if_nametoindex("ours");
        other_ = ::if_nametoindex("other");
        sockets_.emplace_back(NetlinkSocket::open().value());
    }
    void TearDown() override {
        // Rules are nobody's device's; the next test must not find them.
        for (NetlinkSocket& socket : sockets_) {
            EXPECT_TRUE(flush(socket, ours_));
        }
    }

    NetlinkSocket& socket() { return sockets_.front(); }

    void bring_up_without_address(std::uint32_t index) {
        LinkChange change;
        change.no_address_generation = true;
        ASSERT_TRUE(change_link(socket(), index, change));
        change = {};
        change.up = true;
        ASSERT_TRUE(change_link(socket(), index, change));
    }

    Expected<void> set_address(std::uint32_t index, const Ipv6Prefix& address) {
        Ipv6InterfaceAddress wanted;
        wanted.address = address;
        wanted.no_prefix_route = true;
        return replace_addresses(socket(), index, {}, wanted);
    }

    std::vector<Ipv6Prefix> addresses(std::uint32_t index) {
        std::vector<Ipv6Prefix> result;
        const auto all = socket().ipv6_addresses(index);
        for (const Ipv6InterfaceAddress& address : *all) {
            result.push_back(address.address);
        }
        return result;
    }

    io::UniqueFd ours_fd_;
    io::UniqueFd other_fd_;
    std::uint32_t ours_ = 0;
    std::uint32_t other_ = 0;
    std::vector<NetlinkSocket> sockets_;
};

}  // namespace miredo::netlink
