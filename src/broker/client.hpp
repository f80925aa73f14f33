// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The daemon's end of the broker's socket: one typed call per request. Each call waits for the
// reply, but not longer than the client's time limit; the broker's own work takes milliseconds,
// unless the kernel makes it wait for a new address (netlink/changes.hpp). The broker is either a
// child (fork.hpp) or a service of its own behind a socket in the file system, which starts it when
// it is needed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/ipv6_address.hpp"
#include "base/time.hpp"
#include "broker/protocol.hpp"
#include "io/unique_fd.hpp"

namespace miredo::broker {

// Where miredo-broker.socket listens.
inline constexpr const char* kServiceSocket = "/run/miredo-broker.sock";

struct MadeDevice {
    io::UniqueFd descriptor;  // non-blocking, ready for io::TunDevice::adopt()
    std::string name;
    std::uint32_t index = 0;
    bool accept_ra_off = false;  // false: the kernel would still take router advertisements
};

struct Route {
    Ipv6Prefix destination;
    std::uint32_t table = 254;  // RT_TABLE_MAIN
    std::uint32_t metric = 0;   // ≥ 1
    std::optional<Ipv6Address> preferred_source;
};

// `from source lookup table`, `source` being one address (/128) that no other interface has; with
// suppress_default, routes of length 0 in it are passed over. priority: kSuppressRulePriority or
// kTableRulePriority.
struct Rule {
    Ipv6Prefix source;
    std::uint32_t table = 254;  // RT_TABLE_MAIN
    std::uint32_t priority = 0;
    bool suppress_default = false;
};

// Those of a tun device: more than one where each is a shard's.
enum class TunQueues : std::uint8_t { kOne, kMany };

// For one thread. The calls that take `tun` act on the device behind that descriptor and on no
// other. An Error comes either from the broker (the request was refused or the kernel said no: see
// error_number) or from the exchange itself (the broker is gone, silent, or answers short or
// wrong): then broken() is true from there on, every further call fails, and the daemon must stop.
// A service that is gone is asked once more through a new connection: all requests can be repeated.
class BrokerClient {
  public:
    static constexpr Duration kTimeLimit = std::chrono::seconds{5};

    explicit BrokerClient(io::UniqueFd socket, Duration time_limit = kTimeLimit)
        : socket_{std::move(socket)}, time_limit_{time_limit} {}

    // Of the broker that listens on the socket `path`. error_number: ENOENT no such socket, EACCES
    // not ours to use, ECONNREFUSED nobody listens; each with its remedy.
    [[nodiscard]] static Expected<BrokerClient> connect(std::string path = kServiceSocket,
                                                        Duration time_limit = kTimeLimit);

    [[nodiscard]] bool broken() const { return broken_; }
    // For a watch on EPOLLHUP; nothing is to be read from it.
    [[nodiscard]] int fd() const { return socket_.get(); }

    // A tun device that is down, not to be joined by others, in link group kLinkGroup,
    // without kernel-made addresses. error_number: ENOENT or ENODEV no /dev/net/tun, EPERM or
    // EACCES no privilege, EBUSY the name is taken, EINVAL bad name, EAFNOSUPPORT no IPv6 in the
    // kernel.
    [[nodiscard]] Expected<MadeDevice> make_device(std::string_view name,
                                                   TunQueues queues = TunQueues::kOne);
    // One more queue of a device that was made with TunQueues::kMany, as its descriptor; they are
    // numbered in the order in which they are attached.
    [[nodiscard]] Expected<io::UniqueFd> attach_queue(int tun);
    // From now on steering/hash.hpp says to which queue a packet goes. EPERM where the broker has
    // no CAP_BPF.
    Expected<void> steer_queues(int tun);
    Expected<void> set_mtu(int tun, std::uint32_t mtu);               // kMinMtu to kMaxMtu
    Expected<void> set_queue_length(int tun, std::uint32_t packets);  // 1 to kMaxQueueLength
    Expected<void> bring_up(int tun);
    Expected<void> bring_down(int tun);
    // Takes away `old` and any other global address of ours, and sets `wanted`, in one batch; at no
    // time are there two. Both may be left out. The address brings no route of its own.
    Expected<void> replace_global_address(int tun,
                                          const std::optional<Ipv6Address>& old,
                                          const std::optional<Ipv6Prefix>& wanted);
    Expected<void> replace_link_local_address(int tun, const Ipv6Prefix& wanted);
    // All with protocol number 84. Adding what is there, or removing what is not, succeeds.
    Expected<void> add_route(int tun, const Route& route);
    Expected<void> remove_route(int tun, const Route& route);
    Expected<void> add_rule(int tun, const Rule& rule);
    Expected<void> remove_rule(int tun, const Rule& rule);
    // Addresses, routes and rules of ours; the device stays.
    Expected<void> flush(int tun);
    // For io::RawIpv6Socket::adopt(). EPERM where the broker has no CAP_NET_RAW.
    [[nodiscard]] Expected<io::UniqueFd> open_raw_ipv6_socket();
    // At most kMaxReceiveBuffer; beyond net.core.rmem_max too. Returns what SO_RCVBUF says then.
    Expected<std::uint32_t> set_receive_buffer(int udp_socket, std::uint32_t bytes);
    // True where an nftables rule for IPv6 names the device, its index or its link group: see
    // netlink::mentions_interface(). Changes nothing. With few rules it takes less than a
    // millisecond, with 10^4 some 150. error_number: ETIMEDOUT (after 500 ms) or E2BIG where there
    // are more than are looked through.
    [[nodiscard]] Expected<bool> is_mentioned_by_firewall(int tun);

  private:
    struct Answer {
        Reply reply;
        io::UniqueFd descriptor;
    };

    // One request and its answer; nullopt where the connection is gone.
    Expected<std::optional<Answer>> exchange(const Request& request, int descriptor);
    Expected<std::optional<Answer>> receive();
    Expected<void> reconnect();
    Expected<Answer> call(const Request& request, int descriptor);
    Expected<void> call_for_nothing(const Request& request, int descriptor);
    Failure<Error> fail(std::string what, int error_number);

    io::UniqueFd socket_;
    std::string path_;  // of a service; empty: the broker is a child
    Duration time_limit_;
    bool broken_ = false;
};

}  // namespace miredo::broker
