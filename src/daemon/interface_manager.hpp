// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the tunnel device should carry against what it carries: the difference goes to the broker,
// and every answer of the kernel is looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/ipv6_address.hpp"
#include "broker/client.hpp"
#include "config/configuration.hpp"

namespace miredo::daemon {

struct InterfaceWishes {
    std::uint32_t mtu = 1280;
    std::optional<Ipv6Prefix> address;  // the one global address
    std::vector<broker::Route> routes;
    std::vector<broker::Rule> rules;
};

// A client without an address wishes for nothing. With one: 2001::/32, the default route unless the
// configuration says no, and two rules, so that answers from the Teredo address leave by the tunnel
// on hosts with native IPv6 too, while on-link destinations stay on-link. The main table's default
// route is only wished for with `has_default_route`.
[[nodiscard]] InterfaceWishes client_wishes(const config::ClientConfiguration& configuration,
                                            const std::optional<Ipv6Address>& address,
                                            std::uint32_t mtu,
                                            bool has_default_route);
// The route to the Teredo clients.
[[nodiscard]] InterfaceWishes relay_wishes(const config::RelayConfiguration& configuration);

class InterfaceManager {
  public:
    // `broker` must outlive the manager; `tun` stays open as long.
    InterfaceManager(broker::BrokerClient& broker, int tun) : broker_{broker}, tun_{tun} {}

    // Queue length, MTU and link-local address, then up.
    [[nodiscard]] Expected<void> bring_up(std::uint32_t mtu);
    // Goes on after a failure, so that one thing the kernel refuses does not cost the others; the
    // first error is returned, and what failed is tried again with the next call.
    [[nodiscard]] Expected<void> apply(const InterfaceWishes& wishes);
    // Takes all of ours off the device.
    [[nodiscard]] Expected<void> flush();

  private:
    broker::BrokerClient& broker_;
    int tun_;
    InterfaceWishes present_;
};

}  // namespace miredo::daemon
