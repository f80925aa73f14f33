// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/ipv4_filter.hpp"

#include <algorithm>
#include <utility>

namespace miredo::wire {
namespace {

template <std::size_t Count>
bool contains(const std::array<Ipv4Prefix, Count>& blocks, Ipv4Address address) {
    return std::any_of(blocks.begin(), blocks.end(), [address](const Ipv4Prefix& block) {
        return block.contains(address);
    });
}

}  // namespace

Ipv4Filter::Ipv4Filter(bool allow_private_addresses, std::vector<Ipv4Address> refused)
    : allow_private_addresses_{allow_private_addresses}, refused_{std::move(refused)} {
    std::sort(refused_.begin(), refused_.end());
    refused_.erase(std::unique(refused_.begin(), refused_.end()), refused_.end());
}

bool Ipv4Filter::is_usable(Ipv4Address address) const {
    return !contains(kAlwaysRefusedBlocks, address) &&
           (allow_private_addresses_ || !contains(kNotGlobalBlocks, address)) &&
           !std::binary_search(refused_.begin(), refused_.end(), address);
}

}  // namespace miredo::wire
