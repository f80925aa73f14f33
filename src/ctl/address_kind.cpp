// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/address_kind.hpp"

#include <array>

namespace miredo::ctl {
namespace {

struct Block {
    Ipv4Prefix prefix;
    std::string_view kind;
};

// RFC 6890; the broadcast address before the block that it is in.
constexpr std::array kBlocks{
    Block{{Ipv4Address{0, 0, 0, 0}, 8}, "this network"},
    Block{{Ipv4Address{10, 0, 0, 0}, 8}, "private"},
    Block{{Ipv4Address{100, 64, 0, 0}, 10}, "shared by a carrier's NAT"},
    Block{{Ipv4Address{127, 0, 0, 0}, 8}, "loopback"},
    Block{{Ipv4Address{169, 254, 0, 0}, 16}, "link-local"},
    Block{{Ipv4Address{172, 16, 0, 0}, 12}, "private"},
    Block{{Ipv4Address{192, 0, 0, 0}, 24}, "protocol assignments"},
    Block{{Ipv4Address{192, 0, 2, 0}, 24}, "documentation"},
    Block{{Ipv4Address{192, 88, 99, 0}, 24}, "6to4 anycast"},
    Block{{Ipv4Address{192, 168, 0, 0}, 16}, "private"},
    Block{{Ipv4Address{198, 18, 0, 0}, 15}, "benchmarking"},
    Block{{Ipv4Address{198, 51, 100, 0}, 24}, "documentation"},
    Block{{Ipv4Address{203, 0, 113, 0}, 24}, "documentation"},
    Block{{Ipv4Address{224, 0, 0, 0}, 4}, "multicast"},
    Block{{Ipv4Address{255, 255, 255, 255}, 32}, "broadcast"},
    Block{{Ipv4Address{240, 0, 0, 0}, 4}, "reserved"},
};

}  // namespace

std::string_view special_kind(Ipv4Address address) {
    for (const Block& block : kBlocks) {
        if (block.prefix.contains(address)) {
            return block.kind;
        }
    }
    return {};
}

}  // namespace miredo::ctl
