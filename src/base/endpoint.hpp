// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// An IPv4 address and a UDP port: where a datagram comes from or goes to.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/ipv4_address.hpp"

namespace miredo {

struct Endpoint {
    Ipv4Address address;
    std::uint16_t port = 0;  // host byte order

    [[nodiscard]] std::string to_string() const {
        return address.to_string() + ':' + std::to_string(port);
    }
    // NOLINTNEXTLINE(modernize-use-nullptr): false alarm on a defaulted comparison
    friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace miredo
