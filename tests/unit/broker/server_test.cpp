// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/server.hpp"

#include <fstream>
#include <optional>

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "broker/fork.hpp"
#include "fixture.hpp"
#include "io/raw_ipv6_socket.hpp"
#include "io/tun_device.hpp"
#include "io/udp_socket.hpp"
#include "netlink/changes.hpp"

namespace miredo::broker {
namespace {

using ServerTest = BrokerTest;

std::string setting(const std::string& path) {
    std::ifstream file{path};
    std::string text;
    std::getline(file, text);
    return text;
}

// Attaching to a device that exists, as another local user would try: errno, 0 for success.
int join_as(uid_t uid, gid_t gid, const char* name, int more_flags = 0) {
    const io::UniqueFd fd{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setresgid(gid, gid, gid) != 0 || ::setresuid(uid, uid, uid) != 0) {
            ::_exit(255);
        }
        ifreq request{};
        std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
        request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | more_flags);
        ::_exit(::ioctl(fd.get(), TUNSETIFF, &request) == 0 ? 0 : errno);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

// ---- devices

TEST_F(ServerTest, MakesADeviceReadyForUse) {
    MadeDevice made = make();
    EXPECT_EQ(made.name, "mt0");
    EXPECT_EQ(made.index, ::if_nametoindex("mt0"));
    const netlink::Link link = netlink_->find_link(made.index).value().value();
    EXPECT_EQ(link.kind, "tun");
    EXPECT_EQ(link.group, kLinkGroup);
    EXPECT_FALSE(link.up);
    EXPECT_EQ(setting("/proc/sys/net/ipv6/conf/mt0/accept_ra"), made.accept_ra_off ? "0" : "1");
    EXPECT_EQ(setting("/proc/sys/net/ipv6/conf/mt0/addr_gen_mode"), "1");  // none
    ifreq request{};
    ASSERT_EQ(::ioctl(made.descriptor.get(), TUNGETIFF, &request), 0);
    const auto flags = static_cast<unsigned>(request.ifr_flags);
    EXPECT_NE(flags & IFF_TUN, 0U);
    EXPECT_EQ(flags & (IFF_MULTI_QUEUE | IFF_VNET_HDR), unsigned{IFF_VNET_HDR});
    const auto adopted = io::TunDevice::adopt(std::move(made.descriptor));
    ASSERT_TRUE(adopted);
    EXPECT_TRUE(adopted->offloads().header);
    EXPECT_EQ(adopted->index(), made.index);
}

TEST_F(ServerTest, TheDeviceGoesWithItsDescriptor) {
    {
        const MadeDevice made = make();
        // Only when the next request comes has the broker surely closed what it has just sent.
        EXPECT_TRUE(client_.bring_up(made.descriptor.get()));
        EXPECT_NE(::if_nametoindex("mt0"), 0U);
    }
    EXPECT_EQ(::if_nametoindex("mt0"), 0U);
    EXPECT_EQ(make().name, "mt0");
}

TEST_F(ServerTest, AttachesQueuesInOrder) {
    const auto made = client_.make_device("mt0", TunQueues::kMany);
    ASSERT_TRUE(made) << made.error().to_string();
    const int first = made->descriptor.get();
    const auto second = client_.attach_queue(first);
    ASSERT_TRUE(second) << second.error().to_string();
    const auto third = client_.attach_queue(second->get());  // any of them is the device
    ASSERT_TRUE(third) << third.error().to_string();
    for (const int queue : {first, second->get(), third->get()}) {
        ifreq request{};
        ASSERT_EQ(::ioctl(queue, TUNGETIFF, &request), 0);
        EXPECT_STREQ(request.ifr_name, "mt0");
        const auto flags = static_cast<unsigned>(request.ifr_flags);
        EXPECT_EQ(flags & (IFF_MULTI_QUEUE | IFF_VNET_HDR),
                  unsigned{IFF_MULTI_QUEUE | IFF_VNET_HDR});
    }
}

TEST_F(ServerTest, AttachesNoQueueToADeviceOfOne) {
    const MadeDevice made = make();
    const auto second = client_.attach_queue(made.descriptor.get());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().error_number, EINVAL);
    EXPECT_EQ(second.error().where, "mt0");
}

// Whoever has joined a device of many queues before would get some of the packets.
TEST_F(ServerTest, MakesADeviceOfManyQueuesOnlyWhereThereIsNone) {
    const io::UniqueFd other = test::make_tun("mt0", IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE);
    ASSERT_TRUE(other);
    const auto made = client_.make_device("mt0", TunQueues::kMany);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().error_number, EBUSY);
}

TEST_F(ServerTest, NobodyElseCanJoinTheDevice) {
    if (!test::can_become_another_user()) {
        GTEST_SKIP() << "only one user exists in the namespace";
    }
    auto broker = fork_broker({65534, 65534});
    ASSERT_TRUE(broker) << broker.error().to_string();
    const auto made = broker->client.make_device("mt0");
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_EQ(join_as(65533, 65533, "mt0"), EPERM);
    EXPECT_EQ(join_as(65533, 65534, "mt0"), EPERM);
    EXPECT_EQ(join_as(65534, 65533, "mt0"), EPERM);
    // Its owner may, only that it has a single queue; and so may anybody with one that has none.
    EXPECT_EQ(join_as(65534, 65534, "mt0"), EBUSY);
    const io::UniqueFd without_owner = test::make_tun("mt1", IFF_TUN | IFF_NO_PI);
    EXPECT_EQ(join_as(65533, 65533, "mt1"), EBUSY);
    // Of many queues nobody at all gets another.
    const auto many = broker->client.make_device("mt2", TunQueues::kMany);
    ASSERT_TRUE(many) << many.error().to_string();
    EXPECT_EQ(join_as(65534, 65534, "mt2", IFF_MULTI_QUEUE | IFF_VNET_HDR), EPERM);
    EXPECT_TRUE(broker->client.attach_queue(many->descriptor.get()));
    EXPECT_TRUE(reap_broker(std::move(*broker), std::chrono::seconds{20}));
}

TEST_F(ServerTest, NamesATunThatHasTheName) {
    const io::UniqueFd other = test::make_tun("mt0", IFF_TUN | IFF_NO_PI);
    const auto made = client_.make_device("mt0");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().error_number, EBUSY);
    EXPECT_EQ(made.error().where, "mt0");
    EXPECT_NE(made.error().what.find("another program has a tun device"), std::string::npos);
    EXPECT_FALSE(made.error().remedy.empty());
}

TEST_F(ServerTest, NamesAnInterfaceOfAnotherKindThatHasTheName) {
    const auto made = client_.make_device("lo");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().error_number, EBUSY);
    EXPECT_NE(made.error().what.find("another kind"), std::string::npos);
    EXPECT_FALSE(made.error().remedy.empty());
}

TEST_F(ServerTest, TakesDisabledIpv6BackForItsOwnDeviceOnly) {
    const std::string path = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
    { std::ofstream{path} << 1; }
    if (setting(path) != "1") {
        GTEST_SKIP() << "/proc/sys is not writable";
    }
    const MadeDevice made = make();
    EXPECT_EQ(setting("/proc/sys/net/ipv6/conf/mt0/disable_ipv6"), "0");
    EXPECT_EQ(setting(path), "1");
    { std::ofstream{path} << 0; }
    EXPECT_TRUE(client_.replace_global_address(made.descriptor.get(), {}, prefix("2001::1", 32)));
    { std::ofstream{"/proc/sys/net/ipv6/conf/mt0/disable_ipv6"} << 1; }
    const auto set =
        client_.replace_global_address(made.descriptor.get(), {}, prefix("2001::1", 32));
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().where, "mt0");
    EXPECT_NE(set.error().remedy.find("disable_ipv6"), std::string::npos);
}

// ---- link, addresses, routes, rules

TEST_F(ServerTest, SetsUpTheLink) {
    const MadeDevice made = make();
    const int tun = made.descriptor.get();
    EXPECT_TRUE(client_.set_mtu(tun, 1280));
    EXPECT_TRUE(client_.set_queue_length(tun, 4096));
    EXPECT_TRUE(client_.bring_up(tun));
    const netlink::Link up = netlink_->find_link(made.index).value().value();
    EXPECT_EQ(up.mtu, 1280U);
    EXPECT_EQ(up.queue_length, 4096U);
    EXPECT_TRUE(up.up);
    EXPECT_TRUE(client_.bring_down(tun));
    EXPECT_FALSE(netlink_->find_link(made.index).value().value().up);
    EXPECT_FALSE(client_.set_mtu(tun, 1279));
    EXPECT_FALSE(client_.set_mtu(tun, kMaxMtu + 1));
    EXPECT_FALSE(client_.set_queue_length(tun, 0));
    EXPECT_FALSE(client_.set_queue_length(tun, kMaxQueueLength + 1));
    EXPECT_EQ(netlink_->find_link(made.index).value().value().mtu, 1280U);
}

TEST_F(ServerTest, TheDeviceHasAtMostOneGlobalAddress) {
    const MadeDevice made = make();
    const int tun = made.descriptor.get();
    ASSERT_TRUE(client_.bring_up(tun));
    const Ipv6Prefix link_local = prefix("fe80::ffff:ffff:ffff", 64);
    const Ipv6Prefix first = prefix("2001:0:c000:201::1", 32);
    const Ipv6Prefix second = prefix("2001:0:c000:201::2", 32);
    EXPECT_TRUE(client_.replace_link_local_address(tun, link_local));
    EXPECT_TRUE(client_.replace_global_address(tun, {}, first));
    EXPECT_EQ(addresses(made.index), (std::vector{first, link_local}));
    // Also when the caller does not remember what it had.
    EXPECT_TRUE(client_.replace_global_address(tun, {}, second));
    EXPECT_EQ(addresses(made.index), (std::vector{second, link_local}));
    EXPECT_TRUE(client_.replace_global_address(tun, second.address, first));
    EXPECT_TRUE(client_.replace_link_local_address(tun, prefix("fe80::1", 64)));
    EXPECT_EQ(addresses(made.index), (std::vector{first, prefix("fe80::1", 64)}));
    EXPECT_TRUE(client_.replace_global_address(tun, first.address, std::nullopt));
    EXPECT_EQ(addresses(made.index), std::vector{prefix("fe80::1", 64)});
}

TEST_F(ServerTest, RefusesAddressesThatAreNone) {
    const MadeDevice made = make();
    const int tun = made.descriptor.get();
    for (const Ipv6Prefix& bad : {prefix("ff02::1", 64),
                                  prefix("fe80::1", 64),
                                  prefix("::1", 128),
                                  prefix("::", 64),
                                  prefix("::ffff:192.0.2.1", 96),
                                  prefix("2001::1", 0),
                                  prefix("2001::1", 129)}) {
        EXPECT_FALSE(client_.replace_global_address(tun, {}, bad)) << bad.to_string();
    }
    EXPECT_FALSE(
        client_.replace_global_address(tun, prefix("fe80::1", 64).address, prefix("2001::1", 32)));
    EXPECT_FALSE(client_.replace_link_local_address(tun, prefix("2001::1", 64)));
    EXPECT_FALSE(client_.replace_link_local_address(tun, prefix("fe80::1", 9)));
    EXPECT_TRUE(addresses(made.index).empty());
    EXPECT_FALSE(client_.broken());
}

TEST_F(ServerTest, AddsAndRemovesRoutesAndRules) {
    const MadeDevice made = make();
    const int tun = made.descriptor.get();
    const Ipv6Prefix address = prefix("2001:0:c000:201::1", 32);
    ASSERT_TRUE(client_.bring_up(tun));
    ASSERT_TRUE(client_.replace_global_address(tun, {}, address));
    const Route teredo{prefix("2001::", 32), 254, 1024, {}};
    const Route in_table{prefix("::", 0), 3544, 1029, address.address};
    const Rule suppressing{{address.address, 128}, 254, kSuppressRulePriority, true};
    const Rule looking_up{{address.address, 128}, 3544, kTableRulePriority, false};
    ASSERT_TRUE(client_.add_route(tun, teredo));
    ASSERT_TRUE(client_.add_route(tun, in_table));
    ASSERT_TRUE(client_.add_rule(tun, suppressing));
    ASSERT_TRUE(client_.add_rule(tun, looking_up));
    const auto routes = netlink_->routes(made.index, netlink::kProtocol).value();
    ASSERT_EQ(routes.size(), 2U);
    for (const netlink::Route& route : routes) {
        const bool first = route.table == 254;
        EXPECT_EQ(route.destination, first ? teredo.destination : in_table.destination);
        EXPECT_EQ(route.metric, first ? 1024U : 1029U);
        EXPECT_EQ(route.preferred_source.has_value(), !first);
    }
    const auto rules = netlink_->rules(netlink::kProtocol).value();
    ASSERT_EQ(rules.size(), 2U);
    EXPECT_EQ(rules[0].suppress_prefix_length, 0U);
    EXPECT_EQ(rules[1].table, 3544U);
    EXPECT_TRUE(client_.remove_route(tun, teredo));
    EXPECT_TRUE(client_.remove_rule(tun, suppressing));
    EXPECT_EQ(netlink_->routes(made.index, netlink::kProtocol).value().size(), 1U);
    EXPECT_EQ(netlink_->rules(netlink::kProtocol).value().size(), 1U);
    EXPECT_TRUE(client_.flush(tun));
    EXPECT_TRUE(netlink_->routes(made.index, netlink::kProtocol).value().empty());
    EXPECT_TRUE(netlink_->rules(netlink::kProtocol).value().empty());
    EXPECT_TRUE(addresses(made.index).empty());
}

TEST_F(ServerTest, RefusesRulesThatWouldDivertAnothersTraffic) {
    const MadeDevice made = make();
    const io::UniqueFd other = test::make_tun("other", IFF_TUN | IFF_NO_PI);
    netlink::Ipv6InterfaceAddress address;
    address.index = ::if_nametoindex("other");
    address.address = prefix("2001:db8::5", 64);
    ASSERT_TRUE(netlink::replace_addresses(*netlink_, address.index, {}, address));
    const Rule rule{prefix("2001:db8::5", 128), 3544, kTableRulePriority, false};
    const auto added = client_.add_rule(made.descriptor.get(), rule);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().error_number, EINVAL);
    EXPECT_TRUE(netlink_->rules(netlink::kProtocol).value().empty());
}

// ---- whose device

TEST_F(ServerTest, RefusesDescriptorsThatAreNoTun) {
    const io::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const io::UniqueFd unbound{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
    const io::UniqueFd tap = test::make_tun("tap0", IFF_TAP | IFF_NO_PI);
    const io::UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    for (const int fd : {null.get(), unbound.get(), tap.get(), socket.get()}) {
        const auto up = client_.bring_up(fd);
        ASSERT_FALSE(up) << fd;
        EXPECT_FALSE(client_.broken());
    }
    EXPECT_FALSE(netlink_->find_link("tap0").value().value().up);
}

TEST_F(ServerTest, RefusesADeviceOfAnotherNetworkNamespace) {
    // A thread of its own can be in another namespace; its device has the name of one here.
    const MadeDevice here = make();
    io::UniqueFd foreign;
    std::thread{[&] {
        if (::unshare(CLONE_NEWNET) == 0) {
            foreign = test::make_tun("mt0", IFF_TUN | IFF_NO_PI);
        }
    }}.join();
    ASSERT_TRUE(foreign);
    const auto up = client_.bring_up(foreign.get());
    ASSERT_FALSE(up);
    EXPECT_EQ(up.error().error_number, EXDEV);
    EXPECT_NE(up.error().what.find("another network namespace"), std::string::npos);
    EXPECT_FALSE(netlink_->find_link(here.index).value().value().up);
}

TEST_F(ServerTest, RefusesTheDescriptorOfADeletedDevice) {
    const MadeDevice made = make();
    struct {
        nlmsghdr header;
        ifinfomsg link;
    } request{};
    request.header = {sizeof request, RTM_DELLINK, NLM_F_REQUEST, 0, 0};
    request.link.ifi_index = static_cast<int>(made.index);
    const io::UniqueFd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
    ASSERT_GT(::send(socket.get(), &request, sizeof request, 0), 0);
    const auto up = client_.bring_up(made.descriptor.get());
    ASSERT_FALSE(up);
    EXPECT_EQ(up.error().error_number, EBADFD);
}

TEST_F(ServerTest, TellsOfTheFirewallAboutOnesOwnDeviceOnly) {
    const MadeDevice made = make();
    const auto answer = client_.is_mentioned_by_firewall(made.descriptor.get());
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_FALSE(*answer);
    const io::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    EXPECT_FALSE(client_.is_mentioned_by_firewall(null.get()));
    Request named;
    named.operation = Operation::kFindFirewallRule;
    EXPECT_EQ(ask(named, -1).ok, 0U);
    named.name[0] = 'l';
    EXPECT_EQ(ask(named, made.descriptor.get()).ok, 0U);
}

// ---- sockets

TEST_F(ServerTest, OpensARawSocketThatReceivesNothing) {
    auto opened = client_.open_raw_ipv6_socket();
    ASSERT_TRUE(opened) << opened.error().to_string();
    auto raw = io::RawIpv6Socket::adopt(std::move(*opened));
    ASSERT_TRUE(raw);
    // To ourselves, of the very protocol whose packets such a socket would be given.
    std::vector<std::byte> packet(48);
    packet[0] = std::byte{0x60};
    packet[5] = std::byte{8};
    packet[6] = std::byte{255};
    packet[7] = std::byte{1};
    packet[23] = std::byte{1};
    packet[39] = std::byte{1};
    io::PacketSendBatch batch;
    ASSERT_TRUE(batch.append_borrowed(packet));
    EXPECT_EQ(raw->send(batch).sent, 1U);
    std::array<std::byte, 64> buffer{};
    EXPECT_EQ(::recv(raw->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT), -1);
    EXPECT_EQ(errno, EAGAIN);
}

TEST_F(ServerTest, EnlargesAReceiveBufferWithinBounds) {
    const auto socket = io::UdpSocket::open(Ipv4Address{127, 0, 0, 1}, 0);
    ASSERT_TRUE(socket);
    const auto set = client_.set_receive_buffer(socket->fd(), kMaxReceiveBuffer);
    ASSERT_TRUE(set) << set.error().to_string();
    EXPECT_EQ(*set, 2 * kMaxReceiveBuffer);
    EXPECT_EQ(socket->receive_buffer(), 2 * kMaxReceiveBuffer);
    EXPECT_FALSE(client_.set_receive_buffer(socket->fd(), kMaxReceiveBuffer + 1));
    EXPECT_FALSE(client_.set_receive_buffer(socket->fd(), 0));
    const io::UniqueFd tcp{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const io::UniqueFd local{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    const io::UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    for (const int fd : {tcp.get(), local.get(), null.get()}) {
        EXPECT_FALSE(client_.set_receive_buffer(fd, 65536));
    }
    EXPECT_FALSE(client_.broken());
}

// ---- requests that no client of ours makes

TEST_F(ServerTest, AnswersEveryMalformedRequestAndGoesOn) {
    const MadeDevice made = make();
    const int tun = made.descriptor.get();
    Request good;
    good.operation = Operation::kBringUp;
    Request bad = good;
    ++bad.version;
    EXPECT_EQ(ask(bad, tun).ok, 0U);
    for (const std::uint32_t number : {0U, 16U, 0xFFFF'FFFFU}) {
        bad = good;
        bad.operation = static_cast<Operation>(number);
        EXPECT_EQ(ask(bad, tun).ok, 0U) << number;
    }
    bad = good;
    bad.name[0] = 'l';
    EXPECT_EQ(ask(bad, tun).ok, 0U);
    bad = good;
    bad.reserved[0] = 1;
    EXPECT_EQ(ask(bad, tun).ok, 0U);
    EXPECT_EQ(ask(good, -1).ok, 0U);  // about no device
    bad = Request{};
    bad.operation = Operation::kOpenRawIpv6Socket;
    EXPECT_EQ(ask(bad, tun).ok, 0U);  // with a descriptor that it has no use for
    EXPECT_FALSE(netlink_->find_link(made.index).value().value().up);
    EXPECT_EQ(ask(good, tun).ok, 1U);
    EXPECT_TRUE(netlink_->find_link(made.index).value().value().up);
}

TEST_F(ServerTest, RefusesBadNamesFromARawRequest) {
    for (const char* name : {"", "all", "default", "..", "a/b", "tun%d", "a b"}) {
        Request request;
        request.operation = Operation::kMakeDevice;
        std::string_view{name}.copy(request.name.data(), request.name.size());
        EXPECT_EQ(ask(request, -1).ok, 0U) << name;
    }
    Request unended;
    unended.operation = Operation::kMakeDevice;
    unended.name.fill('x');
    EXPECT_EQ(ask(unended, -1).ok, 0U);
}

TEST_F(ServerTest, RefusesMessagesOfAnotherSize) {
    const MadeDevice made = make();
    Request request;
    request.operation = Operation::kBringUp;
    std::array<std::byte, sizeof request + 1> bytes{};
    std::copy_n(object_bytes(request).begin(), sizeof request, bytes.begin());
    for (const std::size_t size : {std::size_t{1}, sizeof request - 1, sizeof request + 1}) {
        ASSERT_EQ(send_message(raw_, Bytes{bytes}.first(size), made.descriptor.get()), 0);
        Reply reply;
        reply.ok = 7;
        (void)receive_message(raw_, mutable_object_bytes(reply));
        EXPECT_EQ(reply.ok, 0U) << size;
    }
    EXPECT_FALSE(netlink_->find_link(made.index).value().value().up);
}

TEST_F(ServerTest, KeepsNoDescriptorAfterTheReply) {
    const auto count = [] {
        int open = 0;
        for (int fd = 0; fd < 1024; ++fd) {
            open += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
        }
        return open;
    };
    const MadeDevice made = make();
    ASSERT_TRUE(client_.bring_up(made.descriptor.get()));
    const int before = count();
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(client_.set_mtu(made.descriptor.get(), 1280));
        EXPECT_FALSE(client_.set_mtu(made.descriptor.get(), 1));
        EXPECT_TRUE(client_.open_raw_ipv6_socket());
        EXPECT_FALSE(client_.make_device("lo"));
    }
    EXPECT_TRUE(client_.flush(made.descriptor.get()));
    EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace miredo::broker
