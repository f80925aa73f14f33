// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The walk over extension headers (RFC 8200 §4): what passes, what is too much, what is cut off.
#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "packets.hpp"
#include "wire/ipv6.hpp"

namespace miredo::wire {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kAuthenticationHeader = 51;

// A header of `units` times 8 bytes and one more, with `next` behind it; PadN fills it.
Buffer options_header(std::uint8_t next, std::uint8_t units = 0) {
    Buffer header = zeros((std::size_t{units} + 1) * 8);
    header[0] = std::byte{next};
    header[1] = std::byte{units};
    return header;
}

Buffer routing_header(std::uint8_t next, std::uint8_t type, std::uint8_t segments_left) {
    Buffer header = options_header(next, 2);
    header[2] = std::byte{type};
    header[3] = std::byte{segments_left};
    return header;
}

// `offset` in units of 8 bytes.
Buffer fragment_header(std::uint8_t next, unsigned offset, bool more) {
    Buffer header = options_header(next);
    const unsigned field = (offset << 3U) | (more ? 1U : 0U);
    header[2] = static_cast<std::byte>(field >> 8U);
    header[3] = static_cast<std::byte>(field & 0xFFU);
    return header;
}

struct Walk {
    Buffer bytes;
    ExtensionHeaders headers;
};

Walk walk(std::uint8_t first, const Buffer& payload) {
    Walk result{make_packet({.next_header = first}, payload), {}};
    result.headers = walk_extension_headers(packet_in(result.bytes));
    return result;
}

// `count` destination options headers of 8 bytes, then UDP and its four bytes.
Buffer chain(std::size_t count) {
    Buffer bytes;
    for (std::size_t i = 0; i < count; ++i) {
        const Buffer header = options_header(i + 1 == count ? kUdp : kDestinationOptions);
        bytes.insert(bytes.end(), header.begin(), header.end());
    }
    return concatenate({bytes, from_hex("01020304")});
}

TEST(ExtensionHeaders, NoneIsTheUsualCase) {
    for (const std::uint8_t type : {kTcp, kUdp, kIcmpv6, kNoNextHeader}) {
        const Walk result = walk(type, from_hex("01020304"));
        EXPECT_TRUE(result.headers.is_acceptable);
        EXPECT_FALSE(result.headers.has_type0_routing);
        EXPECT_EQ(result.headers.upper_layer, type);
        EXPECT_EQ(to_hex(result.headers.upper_layer_payload), "01020304");
    }
}

TEST(ExtensionHeaders, ABubbleIsAcceptable) {
    const Walk result = walk(kNoNextHeader, {});
    EXPECT_TRUE(result.headers.is_acceptable);
    EXPECT_EQ(result.headers.upper_layer, kNoNextHeader);
    EXPECT_TRUE(result.headers.upper_layer_payload.empty());
}

TEST(ExtensionHeaders, AreWalkedToTheUpperLayer) {
    const Walk result = walk(kHopByHop,
                             concatenate({options_header(kDestinationOptions),
                                          options_header(kRouting, 3),
                                          routing_header(kFragment, 2, 1),
                                          fragment_header(kDestinationOptions, 0, true),
                                          options_header(kTcp, 1),
                                          from_hex("0a0b")}));
    EXPECT_TRUE(result.headers.is_acceptable);
    EXPECT_FALSE(result.headers.has_type0_routing);
    EXPECT_EQ(result.headers.upper_layer, kTcp);
    EXPECT_EQ(to_hex(result.headers.upper_layer_payload), "0a0b");
}

TEST(ExtensionHeaders, AnUnknownHeaderIsTheUpperLayer) {
    const Walk result =
        walk(kHopByHop, concatenate({options_header(kAuthenticationHeader), zeros(4)}));
    EXPECT_TRUE(result.headers.is_acceptable);
    EXPECT_EQ(result.headers.upper_layer, kAuthenticationHeader);
    EXPECT_EQ(result.headers.upper_layer_payload.size(), 4U);
}

TEST(ExtensionHeaders, TheUpperLayerMayBeEmpty) {
    const Walk result = walk(kHopByHop, options_header(kUdp));
    EXPECT_TRUE(result.headers.is_acceptable);
    EXPECT_EQ(result.headers.upper_layer, kUdp);
    EXPECT_TRUE(result.headers.upper_layer_payload.empty());
}

// W32, B4
TEST(ExtensionHeaders, Type0RoutingIsSeenWhileSegmentsAreLeft) {
    conformance::shows("W32", "T-B4");
    struct Row {
        std::uint8_t type;
        std::uint8_t segments_left;
        bool is_type0;
    };
    for (const auto& [type, segments_left, is_type0] : {Row{0, 1, true},
                                                        Row{0, 255, true},
                                                        Row{0, 0, false},
                                                        Row{1, 1, false},
                                                        Row{2, 1, false},
                                                        Row{4, 3, false},
                                                        Row{253, 1, false}}) {
        const Walk result =
            walk(kRouting, concatenate({routing_header(kUdp, type, segments_left), zeros(8)}));
        EXPECT_TRUE(result.headers.is_acceptable);
        EXPECT_EQ(result.headers.has_type0_routing, is_type0) << int{type} << int{segments_left};
        EXPECT_EQ(result.headers.upper_layer, kUdp);
    }
}

TEST(ExtensionHeaders, Type0RoutingIsSeenBehindOthersAndBeforeOthers) {
    conformance::shows("W32", "T-B4");
    const Walk behind = walk(kHopByHop,
                             concatenate({options_header(kDestinationOptions),
                                          options_header(kRouting),
                                          routing_header(kUdp, 0, 1)}));
    EXPECT_TRUE(behind.headers.has_type0_routing);
    const Walk before =
        walk(kRouting, concatenate({routing_header(kRouting, 0, 1), routing_header(kUdp, 0, 0)}));
    EXPECT_TRUE(before.headers.has_type0_routing);
    const Walk fragmented = walk(
        kRouting, concatenate({routing_header(kFragment, 0, 1), fragment_header(kUdp, 9, true)}));
    EXPECT_TRUE(fragmented.headers.has_type0_routing);
    EXPECT_TRUE(fragmented.headers.is_acceptable);
}

TEST(ExtensionHeaders, EightAreTheLimit) {
    conformance::shows("T-B4");
    for (const std::size_t count : {1U, 7U, 8U, 9U, 10U, 64U}) {
        const Walk result = walk(kDestinationOptions, chain(count));
        EXPECT_EQ(result.headers.is_acceptable, count <= 8) << count;
        EXPECT_EQ(result.headers.upper_layer, count <= 8 ? kUdp : kNoNextHeader) << count;
        EXPECT_EQ(result.headers.upper_layer_payload.size(), count <= 8 ? 4U : 0U) << count;
    }
}

TEST(ExtensionHeaders, TwoHundredFiftySixBytesAreTheLimit) {
    conformance::shows("T-B4");
    struct Row {
        std::uint8_t first_units;
        std::uint8_t second_units;
        bool acceptable;
    };
    for (const auto& [first, second, acceptable] : {Row{15, 15, true},
                                                    Row{30, 0, true},
                                                    Row{15, 16, false},
                                                    Row{31, 0, false},
                                                    Row{0, 255, false},
                                                    Row{255, 0, false}}) {
        const Walk result = walk(kHopByHop,
                                 concatenate({options_header(kDestinationOptions, first),
                                              options_header(kUdp, second),
                                              zeros(8)}));
        EXPECT_EQ(result.headers.is_acceptable, acceptable) << int{first} << ' ' << int{second};
    }
    const Walk single = walk(kHopByHop, options_header(kUdp, 31));
    EXPECT_TRUE(single.headers.is_acceptable);
}

TEST(ExtensionHeaders, ATruncatedOneIsNotAcceptable) {
    conformance::shows("T-B4");
    for (const std::uint8_t type : {kHopByHop, kRouting, kFragment, kDestinationOptions}) {
        const Buffer whole = options_header(kUdp, type == kFragment ? 0 : 2);
        for (std::size_t size = 1; size < whole.size(); ++size) {
            const Walk result = walk(type, concatenate({Bytes{whole}.first(size)}));
            EXPECT_FALSE(result.headers.is_acceptable) << int{type} << " cut to " << size;
            EXPECT_EQ(result.headers.upper_layer, kNoNextHeader);
            EXPECT_TRUE(result.headers.upper_layer_payload.empty());
        }
        EXPECT_TRUE(walk(type, whole).headers.is_acceptable) << int{type};
    }
    EXPECT_FALSE(walk(kDestinationOptions, {}).headers.is_acceptable);
    EXPECT_FALSE(walk(kHopByHop, options_header(kRouting)).headers.is_acceptable);
}

TEST(ExtensionHeaders, AFragmentHeaderHasNoLength) {
    Buffer header = fragment_header(kUdp, 0, true);
    header[1] = std::byte{0xFF};  // reserved, to be ignored
    const Walk result = walk(kFragment, concatenate({header, from_hex("01020304")}));
    EXPECT_TRUE(result.headers.is_acceptable);
    EXPECT_EQ(result.headers.upper_layer, kUdp);
    EXPECT_EQ(result.headers.upper_layer_payload.size(), 4U);
}

TEST(ExtensionHeaders, OnlyTheFirstFragmentShowsItsUpperLayer) {
    for (const unsigned offset : {0U, 1U, 0x1FFFU}) {
        for (const bool more : {false, true}) {
            const Walk result =
                walk(kFragment, concatenate({fragment_header(kIcmpv6, offset, more), zeros(8)}));
            EXPECT_TRUE(result.headers.is_acceptable);
            EXPECT_EQ(result.headers.upper_layer, offset == 0 ? kIcmpv6 : kNoNextHeader);
            EXPECT_EQ(result.headers.upper_layer_payload.size(), offset == 0 ? 8U : 0U);
        }
    }
    // What a later fragment holds is not a header, whatever its next header says.
    const Walk opaque =
        walk(kFragment, concatenate({fragment_header(kRouting, 1, false), from_hex("11ff0001")}));
    EXPECT_TRUE(opaque.headers.is_acceptable);
    EXPECT_FALSE(opaque.headers.has_type0_routing);
}

}  // namespace
}  // namespace miredo::wire
