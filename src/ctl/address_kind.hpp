// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What an IPv4 address inside a Teredo address is good for, in a word.
#pragma once

#include <string_view>

#include "base/ipv4_address.hpp"

namespace miredo::ctl {

// "private", "loopback", "documentation" …; empty for a global address, the only kind that Teredo
// can use in the Internet (the same blocks as wire/ipv4_filter.hpp).
[[nodiscard]] std::string_view special_kind(Ipv4Address address);

}  // namespace miredo::ctl
