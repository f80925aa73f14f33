// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Which IPv4 addresses may be sent to when they were found in a packet (RFC 4380 §5.2.4: "global
// unicast"), from one list of blocks.
#pragma once

#include <array>
#include <vector>

#include "base/ipv4_address.hpp"

namespace miredo::wire {

// Never usable, whatever the settings.
inline constexpr std::array kAlwaysRefusedBlocks{
    Ipv4Prefix{Ipv4Address{0, 0, 0, 0}, 8},           // this network
    Ipv4Prefix{Ipv4Address{127, 0, 0, 0}, 8},         // loopback
    Ipv4Prefix{Ipv4Address{224, 0, 0, 0}, 4},         // multicast
    Ipv4Prefix{Ipv4Address{255, 255, 255, 255}, 32},  // limited broadcast
};

// Lifted by AllowPrivateAddresses= (private deployments, laboratories).
inline constexpr std::array kNotGlobalBlocks{
    Ipv4Prefix{Ipv4Address{10, 0, 0, 0}, 8},  // RFC 4380 §5.2.4, from here …
    Ipv4Prefix{Ipv4Address{172, 16, 0, 0}, 12},
    Ipv4Prefix{Ipv4Address{192, 168, 0, 0}, 16},
    Ipv4Prefix{Ipv4Address{169, 254, 0, 0}, 16},
    Ipv4Prefix{Ipv4Address{192, 88, 99, 0}, 24},   // … to here: 6to4 relay anycast
    Ipv4Prefix{Ipv4Address{100, 64, 0, 0}, 10},    // RFC 6890, from here: shared (CGN)
    Ipv4Prefix{Ipv4Address{192, 0, 0, 0}, 24},     // IETF protocol assignments
    Ipv4Prefix{Ipv4Address{192, 0, 2, 0}, 24},     // TEST-NET-1
    Ipv4Prefix{Ipv4Address{198, 51, 100, 0}, 24},  // TEST-NET-2
    Ipv4Prefix{Ipv4Address{203, 0, 113, 0}, 24},   // TEST-NET-3
    Ipv4Prefix{Ipv4Address{198, 18, 0, 0}, 15},    // benchmarking
    Ipv4Prefix{Ipv4Address{240, 0, 0, 0}, 4},      // reserved
};

class Ipv4Filter {
  public:
    // With nothing given: all blocks above are refused.
    Ipv4Filter() = default;
    // `refused` are addresses of this host's surroundings: directed broadcasts of the attached
    // subnets (RFC 4380 §5.2.4). Own addresses are not in it: who may send to itself is not a
    // question of the address alone.
    Ipv4Filter(bool allow_private_addresses, std::vector<Ipv4Address> refused);

    [[nodiscard]] bool is_usable(Ipv4Address address) const;

    friend bool operator==(const Ipv4Filter&, const Ipv4Filter&) = default;

  private:
    bool allow_private_addresses_ = false;
    std::vector<Ipv4Address> refused_;  // sorted
};

}  // namespace miredo::wire
