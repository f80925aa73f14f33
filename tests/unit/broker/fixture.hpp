// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// What the tests of the broker's server share: a private network, and a broker serving in a thread.
#pragma once

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "broker/client.hpp"
#include "broker/seqpacket.hpp"
#include "broker/server.hpp"
#include "netlink/socket.hpp"
#include "private_network.hpp"

namespace miredo::broker {

inline Ipv6Prefix prefix(const char* address, std::uint8_t length) {
    return {Ipv6Address::parse(address).value(), length};
}

class BrokerTest : public ::testing::Test {
  protected:
    void SetUp() override {
        MIREDO_NEEDS_PRIVATE_NETWORK();
        if (!test::make_tun("probe", IFF_TUN | IFF_NO_PI)) {
            GTEST_SKIP() << "no tun device: " << std::strerror(errno);
        }
        std::array<int, 2> pair{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
        raw_ = pair[0];
        client_ = BrokerClient{io::UniqueFd{pair[0]}};
        server_ = std::thread{[fd = pair[1]] {
            const io::UniqueFd socket{fd};
            EXPECT_TRUE(serve(socket.get(), {::getuid(), ::getgid()}));
        }};
        netlink_ = std::make_unique<netlink::NetlinkSocket>(netlink::NetlinkSocket::open().value());
    }

    void TearDown() override {
        if (server_.joinable()) {
            client_ = BrokerClient{io::UniqueFd{}};  // closes it: the broker ends
            server_.join();
        }
    }

    MadeDevice make() {
        auto made = client_.make_device("mt0");
        EXPECT_TRUE(made) << made.error().to_string();
        return made ? std::move(*made) : MadeDevice{};
    }

    // What the broker says to a request of the test's own making.
    Reply ask(const Request& request, int descriptor) const {
        Reply reply;
        EXPECT_EQ(send_message(raw_, object_bytes(request), descriptor), 0);
        const ReceivedMessage message = receive_message(raw_, mutable_object_bytes(reply));
        EXPECT_EQ(message.size, static_cast<int>(sizeof reply));
        EXPECT_FALSE(message.descriptor);
        return reply;
    }

    std::vector<Ipv6Prefix> addresses(std::uint32_t index) {
        std::vector<Ipv6Prefix> result;
        const auto all = netlink_->ipv6_addresses(index);
        for (const netlink::Ipv6InterfaceAddress& address : *all) {
            result.push_back(address.address);
        }
        return result;
    }

    BrokerClient client_{io::UniqueFd{}};
    int raw_ = -1;  // the client's socket
    std::thread server_;
    std::unique_ptr<netlink::NetlinkSocket> netlink_;
};

}  // namespace miredo::broker
