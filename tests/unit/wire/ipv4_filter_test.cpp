// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The IPv4 filter: rows generated from its list of blocks, and the blocks of RFC 4380 §5.2.4 and
// RFC 6890 once more by hand, so that a slip in the list shows.
#include "wire/ipv4_filter.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"

namespace miredo::wire {
namespace {

const Ipv4Filter strict_filter;
const Ipv4Filter private_filter{true, {}};

std::vector<std::string> texts_of(const auto& blocks) {
    std::vector<std::string> texts;
    texts.reserve(blocks.size());
    for (const Ipv4Prefix& block : blocks) {
        texts.push_back(block.address.to_string() + '/' + std::to_string(block.length));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
    std::sort(texts.begin(), texts.end());
    return texts;
}

TEST(Ipv4Filter, ListsExactlyTheBlocksOfTheRfcs) {
    conformance::shows("W28");
    EXPECT_EQ(texts_of(kAlwaysRefusedBlocks),
              sorted({"0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32"}));
    EXPECT_EQ(texts_of(kNotGlobalBlocks),
              sorted({// RFC 4380 §5.2.4
                      "10.0.0.0/8",
                      "172.16.0.0/12",
                      "192.168.0.0/16",
                      "169.254.0.0/16",
                      "192.88.99.0/24",
                      // RFC 6890
                      "100.64.0.0/10",
                      "192.0.0.0/24",
                      "192.0.2.0/24",
                      "198.51.100.0/24",
                      "203.0.113.0/24",
                      "198.18.0.0/15",
                      "240.0.0.0/4"}));
}

bool in_any(const auto& blocks, Ipv4Address address) {
    return std::any_of(blocks.begin(), blocks.end(), [address](const Ipv4Prefix& block) {
        return address >= block.first() && address <= block.last();
    });
}

// Both ends of a block and their outer neighbours.
std::vector<Ipv4Address> edges_of(const Ipv4Prefix& block) {
    std::vector<Ipv4Address> edges{block.first(), block.last()};
    if (!block.first().is_unspecified()) {
        edges.emplace_back(block.first().value() - 1);
    }
    if (!block.last().is_broadcast()) {
        edges.emplace_back(block.last().value() + 1);
    }
    return edges;
}

TEST(Ipv4Filter, EveryBlockEndsWhereItShould) {
    conformance::shows("W28");
    std::vector<Ipv4Prefix> blocks(kAlwaysRefusedBlocks.begin(), kAlwaysRefusedBlocks.end());
    blocks.insert(blocks.end(), kNotGlobalBlocks.begin(), kNotGlobalBlocks.end());
    for (const Ipv4Prefix& block : blocks) {
        EXPECT_EQ(block.first(), block.address) << "bits beyond the length";
        EXPECT_FALSE(strict_filter.is_usable(block.first()));
        EXPECT_FALSE(strict_filter.is_usable(block.last()));
        for (const Ipv4Address edge : edges_of(block)) {
            SCOPED_TRACE(edge.to_string());
            const bool always = in_any(kAlwaysRefusedBlocks, edge);
            EXPECT_EQ(strict_filter.is_usable(edge), !always && !in_any(kNotGlobalBlocks, edge));
            EXPECT_EQ(private_filter.is_usable(edge), !always);
        }
    }
}

struct TruthRow {
    Ipv4Address address;
    bool strict;
    bool with_private;
};

TEST(Ipv4Filter, TruthTable) {
    conformance::shows("W28");
    const TruthRow rows[] = {
        {{0, 0, 0, 0}, false, false},         {{0, 1, 2, 3}, false, false},
        {{1, 0, 0, 1}, true, true},           {{9, 255, 255, 255}, true, true},
        {{10, 255, 255, 255}, false, true},   {{11, 0, 0, 0}, true, true},
        {{100, 63, 255, 255}, true, true},    {{100, 64, 0, 1}, false, true},
        {{100, 127, 255, 255}, false, true},  {{100, 128, 0, 0}, true, true},
        {{126, 255, 255, 255}, true, true},   {{127, 0, 0, 1}, false, false},
        {{128, 0, 0, 1}, true, true},         {{169, 253, 255, 255}, true, true},
        {{169, 254, 1, 1}, false, true},      {{169, 255, 0, 0}, true, true},
        {{172, 15, 255, 255}, true, true},    {{172, 16, 0, 1}, false, true},
        {{172, 31, 255, 255}, false, true},   {{172, 32, 0, 0}, true, true},
        {{192, 0, 0, 8}, false, true},        {{192, 0, 1, 0}, true, true},
        {{192, 0, 2, 45}, false, true},       {{192, 88, 98, 255}, true, true},
        {{192, 88, 99, 1}, false, true},      {{192, 88, 100, 0}, true, true},
        {{192, 167, 255, 255}, true, true},   {{192, 168, 255, 255}, false, true},
        {{192, 169, 0, 0}, true, true},       {{198, 19, 255, 255}, false, true},
        {{198, 20, 0, 0}, true, true},        {{198, 51, 100, 118}, false, true},
        {{203, 0, 113, 1}, false, true},      {{203, 0, 114, 0}, true, true},
        {{223, 255, 255, 255}, true, true},   {{224, 0, 0, 253}, false, false},
        {{239, 255, 255, 255}, false, false}, {{240, 1, 1, 1}, false, true},
        {{255, 255, 255, 254}, false, true},  {{255, 255, 255, 255}, false, false},
    };
    for (const TruthRow& row : rows) {
        SCOPED_TRACE(row.address.to_string());
        EXPECT_EQ(strict_filter.is_usable(row.address), row.strict);
        EXPECT_EQ(private_filter.is_usable(row.address), row.with_private);
    }
}

TEST(Ipv4Filter, RefusesBroadcastsOfAttachedSubnets) {
    conformance::shows("W29");
    const Ipv4Address first{81, 2, 69, 255};
    const Ipv4Address second{5, 6, 7, 127};
    const Ipv4Address third{192, 168, 1, 255};
    const std::vector<Ipv4Address> unsorted{first, second, third, first};
    const Ipv4Filter strict{false, unsorted};
    const Ipv4Filter lifted{true, unsorted};
    for (const Ipv4Address address : unsorted) {
        SCOPED_TRACE(address.to_string());
        EXPECT_FALSE(strict.is_usable(address));
        EXPECT_FALSE(lifted.is_usable(address));
        const Ipv4Address neighbour{address.value() - 1};
        EXPECT_EQ(strict.is_usable(neighbour), strict_filter.is_usable(neighbour));
        EXPECT_TRUE(lifted.is_usable(neighbour));
    }
    EXPECT_EQ(strict, (Ipv4Filter{false, {third, second, first}}))
        << "order and repetition mean nothing";
    EXPECT_NE(strict, lifted);
    EXPECT_NE(strict, strict_filter);
}

}  // namespace
}  // namespace miredo::wire
