// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Trailers behind an IPv6 packet (RFC 6081 §4): type, length, value. Of a type not known here the
// two high bits decide: 01 discards the packet, anything else skips the trailer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"

namespace miredo::wire {

enum class TrailerType : std::uint8_t {
    kNonce = 0x01,
    kRandomPortAlias = 0x02,  // RFC 6081 §9 against §4.5: accepted with length 2, never sent
    kAlternateAddress = 0x03,
    kNeighborDiscovery = 0x04,
    kRandomPort = 0x05,
};

enum class NeighborDiscoveryTrailer : std::uint8_t { kSolicitation = 0, kAdvertisement = 1 };

struct AlternateAddresses {
    static constexpr std::size_t kMaximum = 4;
    std::array<Endpoint, kMaximum> entries{};
    std::size_t count = 0;
};

// What a trailer area says. Of duplicates the first wins.
struct Trailers {
    std::optional<std::uint32_t> nonce;
    std::optional<std::uint16_t> random_port;
    std::optional<AlternateAddresses> alternates;
    std::optional<NeighborDiscoveryTrailer> neighbor_discovery;

    // An unknown type from 0x40 to 0x7F: the packet must be discarded.
    bool must_discard = false;
    // An Alternate Address trailer (any of them) of wrong length, with an address of
    // kAlwaysRefusedBlocks or with port 0: a bubble with it should be discarded (RFC 6081
    // §5.6.4.2). Private addresses are what the trailer is for.
    bool has_malformed_alternates = false;
    // Length of the leading trailers that parse: what a server passes on (at most 64 bytes of it).
    std::size_t well_formed_size = 0;
};

// Reads `area` in order; stops at the first malformed trailer (fewer than 2 bytes left, or fewer
// than it announces), keeping what was read before (RFC 6081 §5.1.2).
[[nodiscard]] Trailers parse_trailers(Bytes area);

inline constexpr std::size_t kNonceTrailerSize = 6;
// Writes the Nonce trailer, type 1 and length 4, to the start of `to` (6 bytes).
void write_nonce_trailer(MutableBytes to, std::uint32_t nonce);

}  // namespace miredo::wire
