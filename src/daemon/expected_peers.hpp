// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Which peers a batch is about, for a role that has very many of them and fetches what it knows of
// those before it is given the packets.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/bytes.hpp"
#include "base/ipv6_address.hpp"
#include "wire/ipv6.hpp"

namespace miredo::daemon {

// `Most` at most; several packets in a row of one peer count once.
template <std::size_t Most>
class ExpectedPeers {
  public:
    // Of each of `batch`, which has `bytes`, the address that stands at this offset of an IPv6
    // header. What begins with something else is taken for one as well: a hint, that costs a fetch.
    template <typename Batch>
    ExpectedPeers(const Batch& batch, std::size_t address_offset) {
        for (const auto& one : batch) {
            const Bytes bytes = one.bytes;
            if (bytes.size() < wire::kIpv6HeaderSize || count_ == peers_.size()) {
                continue;
            }
            const auto peer = Ipv6Address::load(bytes.subspan(address_offset));
            if (count_ == 0 || peers_[count_ - 1] != peer) {
                peers_[count_++] = peer;
            }
        }
    }

    [[nodiscard]] std::span<const Ipv6Address> peers() const {
        return std::span{peers_}.first(count_);
    }

  private:
    std::array<Ipv6Address, Most> peers_;
    std::size_t count_ = 0;
};

}  // namespace miredo::daemon
