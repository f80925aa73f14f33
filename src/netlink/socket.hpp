// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A NETLINK_ROUTE socket whose every answer is checked, and what can be read with it. Reading needs
// no privilege.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "netlink/values.hpp"

struct nl_msg;
struct nl_sock;
struct nlmsghdr;

namespace miredo::netlink {

struct SocketDeleter {
    void operator()(nl_sock* socket) const;
};
struct MessageDeleter {
    void operator()(nl_msg* message) const;
};
using Message = std::unique_ptr<nl_msg, MessageDeleter>;

class NetlinkSocket {
  public:
    [[nodiscard]] static Expected<NetlinkSocket> open();

    // The kernel answers within the call, so these do not block on anything but the kernel.
    // All interfaces' addresses, loopback's included.
    [[nodiscard]] Expected<std::vector<Ipv4InterfaceAddress>> ipv4_addresses();
    // `index` 0: of all interfaces.
    [[nodiscard]] Expected<std::vector<Ipv6InterfaceAddress>> ipv6_addresses(std::uint32_t index);
    [[nodiscard]] Expected<std::vector<Link>> links();
    // nullopt where there is no such interface.
    [[nodiscard]] Expected<std::optional<Link>> find_link(std::string_view name);
    [[nodiscard]] Expected<std::optional<Link>> find_link(std::uint32_t index);
    // IPv6 unicast routes through `index` of all tables (0: through any) with protocol number
    // `protocol` (0: with any).
    [[nodiscard]] Expected<std::vector<Route>> routes(std::uint32_t index, std::uint8_t protocol);
    // Whether what comes to `address` is delivered to this host.
    [[nodiscard]] Expected<bool> delivers_to(const Ipv6Address& address);
    // IPv6 rules with protocol number `protocol` (0: all).
    [[nodiscard]] Expected<std::vector<Rule>> rules(std::uint8_t protocol);

    // Sends the requests in one batch and takes one acknowledgement for each: element i is request
    // i's errno, 0 for success. The kernel works through all of them whatever each one's outcome.
    // Fails only where the exchange itself does.
    [[nodiscard]] Expected<std::vector<int>> transact(const std::vector<Message>& batch);

  private:
    using Visitor = std::function<void(const nlmsghdr&)>;

    explicit NetlinkSocket(std::unique_ptr<nl_sock, SocketDeleter> socket);

    // All that the kernel tells to `make_request()`, and `parse(message)` takes.
    template <typename T, typename MakeRequest, typename Parse>
    Expected<std::vector<T>> collect(MakeRequest make_request, Parse parse);
    // One try; false where the kernel's table changed meanwhile and the answers may not fit.
    Expected<bool> dump(nl_msg& request, const Visitor& visit);
    Expected<void> send(const std::vector<nl_msg*>& messages);
    // What came with the next datagram: a run of messages in buffer_.
    Expected<std::size_t> receive();

    std::unique_ptr<nl_sock, SocketDeleter> socket_;
    std::vector<std::byte> buffer_;
};

}  // namespace miredo::netlink
