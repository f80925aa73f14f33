// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// What the broker believes of a request before it does anything: nothing that is not checked here.
// No system call is made.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "base/ipv6_address.hpp"
#include "broker/protocol.hpp"
#include "netlink/values.hpp"

namespace miredo::broker {

// The fields of a Request that an operation uses.
enum RequestField : unsigned {
    kNumber = 1U << 0U,
    kTable = 1U << 1U,
    kAddress = 1U << 2U,  // with `length`
    kOtherAddress = 1U << 3U,
    kSuppress = 1U << 4U,
    kName = 1U << 5U,
};

// "request refused: <why>", EINVAL.
[[nodiscard]] Error refusal(const char* why);

// True where all fields but those in `used` (RequestField bits) are zero.
[[nodiscard]] bool unused_fields_are_zero(const Request& request, unsigned used);

// Neither unspecified, loopback, multicast, link-local nor IPv4-mapped.
[[nodiscard]] bool is_global_unicast(const Ipv6Address& address);

// The route or rule that a request asks for, when it is one that the daemon may have.
[[nodiscard]] Expected<netlink::Route> checked_route(const Request& request, std::uint32_t index);
[[nodiscard]] Expected<netlink::Rule> checked_rule(const Request& request);

}  // namespace miredo::broker
