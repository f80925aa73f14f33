// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/trailers.hpp"

#include <algorithm>

#include "wire/ipv4_filter.hpp"

namespace miredo::wire {
namespace {

constexpr std::size_t kTypeAndLength = 2;
constexpr std::size_t kNonceSize = 4;
constexpr std::size_t kRandomPortSize = 2;
constexpr std::size_t kNeighborDiscoverySize = 4;
// RFC 6081 §4.3: two reserved bytes, then one to four addresses with their ports.
constexpr std::size_t kAlternateReserved = 2;
constexpr std::size_t kAlternateEntry = 6;

// RFC 6081 §4.1: what to do with a trailer of a type that one doesn't know.
bool is_fatal_when_unknown(std::byte type) {
    return (std::to_integer<unsigned>(type) >> 6U) == 1;
}

bool is_valid_alternate(const Endpoint& entry) {
    return entry.port != 0 && std::none_of(kAlwaysRefusedBlocks.begin(),
                                           kAlwaysRefusedBlocks.end(),
                                           [&entry](const Ipv4Prefix& block) {
                                               return block.contains(entry.address);
                                           });
}

std::optional<AlternateAddresses> read_alternates(Bytes value) {
    if (value.size() <= kAlternateReserved) {
        return std::nullopt;
    }
    Bytes rest = value.subspan(kAlternateReserved);
    AlternateAddresses alternates;
    for (; rest.size() >= kAlternateEntry; rest = rest.subspan(kAlternateEntry)) {
        const Endpoint entry{.address = Ipv4Address{load_be32(rest)},
                             .port = load_be16(rest.subspan(4))};
        if (alternates.count == AlternateAddresses::kMaximum || !is_valid_alternate(entry)) {
            return std::nullopt;
        }
        alternates.entries.at(alternates.count) = entry;
        ++alternates.count;
    }
    return rest.empty() ? std::optional{alternates} : std::nullopt;
}

std::optional<NeighborDiscoveryTrailer> read_neighbor_discovery(Bytes value) {
    if (value.size() != kNeighborDiscoverySize) {
        return std::nullopt;
    }
    const auto type = static_cast<NeighborDiscoveryTrailer>(value[0]);
    if (type != NeighborDiscoveryTrailer::kSolicitation &&
        type != NeighborDiscoveryTrailer::kAdvertisement) {
        return std::nullopt;
    }
    return type;
}

// A second one, or one that is not understood, leaves `field` as it is.
template <typename T>
void keep_first(std::optional<T>& field, const std::optional<T>& value) {
    if (!field) {
        field = value;
    }
}

void read_trailer(std::byte type, Bytes value, Trailers& into) {
    switch (static_cast<TrailerType>(type)) {
    case TrailerType::kNonce:
        if (value.size() == kNonceSize) {
            keep_first(into.nonce, std::optional{load_be32(value)});
        }
        return;
    case TrailerType::kRandomPortAlias:
    case TrailerType::kRandomPort:
        if (value.size() == kRandomPortSize) {
            keep_first(into.random_port, std::optional{load_be16(value)});
        }
        return;
    case TrailerType::kAlternateAddress: {
        const std::optional<AlternateAddresses> alternates = read_alternates(value);
        into.has_malformed_alternates = into.has_malformed_alternates || !alternates;
        keep_first(into.alternates, alternates);
        return;
    }
    case TrailerType::kNeighborDiscovery:
        keep_first(into.neighbor_discovery, read_neighbor_discovery(value));
        return;
    }
    into.must_discard = is_fatal_when_unknown(type);
}

}  // namespace

Trailers parse_trailers(Bytes area) {
    Trailers trailers;
    Bytes rest = area;
    while (rest.size() >= kTypeAndLength && !trailers.must_discard) {
        const std::size_t size = kTypeAndLength + std::to_integer<std::size_t>(rest[1]);
        if (size > rest.size()) {
            break;
        }
        read_trailer(rest[0], rest.subspan(kTypeAndLength, size - kTypeAndLength), trailers);
        rest = rest.subspan(size);
        trailers.well_formed_size += size;
    }
    return trailers;
}

void write_nonce_trailer(MutableBytes to, std::uint32_t nonce) {
    to[0] = static_cast<std::byte>(TrailerType::kNonce);
    to[1] = std::byte{kNonceSize};
    store_be32(to.subspan(kTypeAndLength), nonce);
}

}  // namespace miredo::wire
