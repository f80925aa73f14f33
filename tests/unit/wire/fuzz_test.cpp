// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A bounded, repeatable fuzz of the parsers: the vectors, mutated. Each input lies in memory of
// exactly its size, so that a sanitizer sees the first byte read beyond it; the assertions hold
// what every accepted input must fulfil.
#include <algorithm>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "vectors.hpp"
#include "wire/checksum.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_datagram.hpp"
#include "wire/trailers.hpp"

namespace miredo::wire {
namespace {

constexpr int kInputs = 200'000;

class Mutator {
  public:
    Mutator() {
        for (const std::string& name : packet_vector_names()) {
            corpus_.push_back(packet_vector(name));
        }
    }

    Buffer next() {
        Buffer input = any_of_corpus();
        for (std::size_t i = below(6); i > 0; --i) {
            mutate(input);
        }
        return input;
    }

  private:
    std::size_t below(std::size_t bound) { return random_() % bound; }
    std::byte any_byte() { return static_cast<std::byte>(random_() & 0xFFU); }
    const Buffer& any_of_corpus() { return corpus_[below(corpus_.size())]; }
    std::size_t any_position(const Buffer& in) { return below(in.size() + 1); }

    // Values that fields turn on: types, lengths and next headers of the formats.
    std::byte interesting_byte() {
        constexpr std::array<unsigned, 16> kValues{
            0, 1, 2, 3, 4, 5, 8, 43, 44, 58, 59, 60, 0x41, 0x60, 0x80, 0xFF};
        return static_cast<std::byte>(kValues.at(below(kValues.size())));
    }

    void mutate(Buffer& input) {
        const std::size_t at = any_position(input);
        const auto position = input.begin() + static_cast<std::ptrdiff_t>(at);
        switch (below(7)) {
        case 0:
            input.resize(at);
            return;
        case 1:
            input.insert(input.end(), below(32), interesting_byte());
            return;
        case 2:
            input.insert(position, interesting_byte());
            return;
        case 3: {
            const Buffer other = any_of_corpus();
            input.insert(position, other.begin(), other.end());
            return;
        }
        case 4:
            input.insert(input.begin(), {std::byte{0}, interesting_byte()});
            return;
        default:
            if (at < input.size()) {
                input[at] = below(2) == 0 ? interesting_byte() : any_byte();
            }
        }
    }

    std::mt19937 random_{20010000};
    std::vector<Buffer> corpus_;
};

bool lies_within(Bytes inner, Bytes outer) {
    return inner.empty() || (inner.data() >= outer.data() &&
                             inner.data() + inner.size() <= outer.data() + outer.size());
}

// Puts the right checksum behind the mutation's back, so that the parsers go on to the options.
Buffer with_right_checksum(const Ipv6Packet& packet) {
    Buffer bytes = concatenate({packet.bytes()});
    if (packet.payload().size() >= 4) {
        store_be16(MutableBytes{bytes}.subspan(42), 0);
        store_be16(MutableBytes{bytes}.subspan(42),
                   pseudo_header_checksum(packet.source(),
                                          packet.destination(),
                                          kIcmpv6,
                                          Bytes{bytes}.subspan(kIpv6HeaderSize)));
    }
    return bytes;
}

struct Tally {
    int datagrams = 0;
    int refused = 0;
    int solicitations = 0;
    int advertisements = 0;
    int echoes = 0;
    int errors = 0;
    int unacceptable_headers = 0;
};

void check_icmpv6(const Ipv6Packet& packet, Tally& tally) {
    tally.solicitations += is_valid_router_solicitation(packet) ? 1 : 0;
    const auto advertisement = parse_router_advertisement(packet);
    if (advertisement) {
        ++tally.advertisements;
        ASSERT_LE(advertisement->prefix.length, 128);
    }
    const auto echo = parse_echo(packet);
    if (echo) {
        ++tally.echoes;
        ASSERT_TRUE(lies_within(echo->data, packet.payload()));
        ASSERT_EQ(echo->data.size() + kIcmpv6HeaderSize, packet.payload().size());
    }
}

void check_packet(const Ipv6Packet& packet, Tally& tally) {
    const ExtensionHeaders headers = walk_extension_headers(packet);
    ASSERT_TRUE(lies_within(headers.upper_layer_payload, packet.payload()));
    tally.unacceptable_headers += headers.is_acceptable ? 0 : 1;
    check_icmpv6(packet, tally);
    const Buffer repaired = with_right_checksum(packet);
    check_icmpv6(packet_in(repaired), tally);

    const auto error = build_unreachable(packet.destination(), UnreachableCode::kNoRoute, packet);
    if (error) {
        ++tally.errors;
        ASSERT_LE(error->size(), kMinimumMtu);
        ASSERT_EQ(packet_in(error->bytes()).size(), error->size());
    }
}

void check_trailers(Bytes area) {
    const Trailers trailers = parse_trailers(area);
    ASSERT_LE(trailers.well_formed_size, area.size());
    if (trailers.alternates) {
        ASSERT_GE(trailers.alternates->count, 1U);
        ASSERT_LE(trailers.alternates->count, AlternateAddresses::kMaximum);
    }
    // What a server passes on must read the same again.
    const Trailers again = parse_trailers(area.first(trailers.well_formed_size));
    ASSERT_EQ(again.nonce, trailers.nonce);
    ASSERT_EQ(again.must_discard, trailers.must_discard);
    ASSERT_EQ(again.well_formed_size, trailers.well_formed_size);
}

// What was read in front of the packet, written again, must be the bytes that it was read from.
void check_encapsulation(const TeredoDatagram& datagram, Bytes payload) {
    std::array<std::byte, kMaximumAuthenticationSize + kOriginSize> headers{};
    std::size_t size = 0;
    if (datagram.authentication) {
        size += write_authentication(headers, *datagram.authentication);
    }
    if (datagram.origin) {
        write_origin(MutableBytes{headers}.subspan(size), *datagram.origin);
        size += kOriginSize;
    }
    ASSERT_TRUE(equal(Bytes{headers}.first(size), payload.first(size)));
    ASSERT_EQ(datagram.packet.bytes().data(), payload.data() + size);
    ASSERT_EQ(size + datagram.packet.size() + datagram.trailers.size(), payload.size());
    ASSERT_TRUE(lies_within(datagram.trailers, payload));
}

void check(Bytes payload, Tally& tally) {
    check_trailers(payload);
    const auto datagram = TeredoDatagram::parse(payload);
    if (!datagram) {
        ++tally.refused;
        return;
    }
    ++tally.datagrams;
    check_encapsulation(*datagram, payload);
    check_trailers(datagram->trailers);
    check_packet(datagram->packet, tally);
}

TEST(Fuzz, ParsersStayInsideAndWhatTheyAcceptHolds) {
    Mutator mutator;
    Tally tally;
    for (int i = 0; i < kInputs; ++i) {
        const Buffer input = mutator.next();
        const auto exact = std::make_unique<std::byte[]>(input.size());
        std::copy(input.begin(), input.end(), exact.get());
        check(Bytes{exact.get(), input.size()}, tally);
        if (HasFatalFailure()) {
            FAIL() << "input " << i << ": " << to_hex(input);
        }
    }
    // The loop is worth its time only as long as it gets everywhere.
    EXPECT_GT(tally.datagrams, kInputs / 20);
    EXPECT_GT(tally.refused, kInputs / 20);
    EXPECT_GT(tally.solicitations, 1000);
    EXPECT_GT(tally.advertisements, 1000);
    EXPECT_GT(tally.echoes, 1000);
    EXPECT_GT(tally.errors, 1000);
    EXPECT_GT(tally.unacceptable_headers, 100);
}

}  // namespace
}  // namespace miredo::wire
