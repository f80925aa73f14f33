// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Tells when links, addresses, routes or rules change. Needs no privilege. The kernel drops events
// when they come faster than they are read; then everything must be looked at anew (kResync).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "netlink/socket.hpp"

namespace miredo::netlink {

enum class ChangeKind : std::uint8_t {
    kLinkChanged,  // made, renamed, up, down, MTU, …
    kLinkRemoved,
    kAddressAdded,
    kAddressRemoved,
    kRouteAdded,
    kRouteRemoved,
    kRuleAdded,
    kRuleRemoved,
    kResync,  // events were lost: the others' fields mean nothing
};

struct Change {
    ChangeKind kind = ChangeKind::kResync;
    std::uint32_t index = 0;    // the interface; 0 for rules and routes without one
    int family = 0;             // AF_INET or AF_INET6 of addresses, routes and rules
    std::uint8_t protocol = 0;  // of addresses, routes and rules; 84 is ours
    std::uint32_t table = 0;    // of routes
    bool up = false;            // of links: administratively up
    // Of addresses: the address itself.
    std::optional<Ipv4Address> ipv4_address;
    std::optional<Ipv6Address> ipv6_address;
    bool default_route = false;  // of routes: the destination has length 0
};

class Watch {
  public:
    // `receive_buffer`: bytes, 0 for the kernel's default.
    [[nodiscard]] static Expected<Watch> open(std::uint32_t receive_buffer = 0);

    // Readable while there are events.
    [[nodiscard]] int fd() const;
    // Calls `take` for each event there is, but stops after about a thousand so that a storm of
    // them does not hold up the thread. Never blocks. Returns how many.
    std::size_t drain(const std::function<void(const Change&)>& take);

  private:
    explicit Watch(std::unique_ptr<nl_sock, SocketDeleter> socket);

    std::unique_ptr<nl_sock, SocketDeleter> socket_;
    std::vector<std::byte> buffer_;
};

}  // namespace miredo::netlink
