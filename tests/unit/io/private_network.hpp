// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// For tests that need interfaces of their own: a network namespace (as root), or a user and network
// namespace (as anybody else), that ends with the test program. A program that uses it has the
// main() of private_network.cpp.
#pragma once

#include <cstdint>
#include <string>

#include "io/unique_fd.hpp"

namespace miredo::test {

// Why this program has no network of its own; empty when it has one. Tests skip themselves then.
[[nodiscard]] const std::string& private_network_obstacle();

// True where users other than our own exist in the namespace, so that a child can become one.
[[nodiscard]] bool can_become_another_user();

// A tun device of this network namespace as long as the descriptor is open; none where there can be
// none. `flags` are IFF_TUN and its like.
[[nodiscard]] io::UniqueFd make_tun(const char* name, int flags);
// Sets the interface up.
void bring_up(const char* name);

}  // namespace miredo::test

// As the first line of SetUp().
#define MIREDO_NEEDS_PRIVATE_NETWORK()                                                             \
    do {                                                                                           \
        if (!::miredo::test::private_network_obstacle().empty()) {                                 \
            GTEST_SKIP() << ::miredo::test::private_network_obstacle();                            \
        }                                                                                          \
    } while (false)
