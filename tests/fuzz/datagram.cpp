// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Target `datagram`: the input is a UDP payload. What the parsers say of it is compared with a
// second reading, written from RFC 4380 §5.1.1, RFC 8200 §4 and RFC 6081 §4 the slow way; what was
// read, written again, must be the bytes that it was read from.
#include <array>
#include <cstring>
#include <optional>

#include "fuzz/target.hpp"
#include "wire/teredo_datagram.hpp"
#include "wire/trailers.hpp"

namespace miredo::fuzz {
namespace {

using wire::DatagramError;
using wire::TeredoDatagram;

bool lies_within(Bytes inner, Bytes outer) {
    return inner.empty() || (inner.data() >= outer.data() &&
                             inner.data() + inner.size() <= outer.data() + outer.size());
}

unsigned octet(Bytes bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]);
}

// Where the parts of a datagram begin, or why it is none.
struct Layout {
    std::optional<DatagramError> error;
    bool has_authentication = false;
    bool has_origin = false;
    std::size_t packet = 0;
    std::size_t trailers = 0;
};

Layout refused(DatagramError error) {
    Layout layout;
    layout.error = error;
    return layout;
}

Layout read_packet(Bytes payload, Layout layout) {
    const std::size_t at = layout.packet;
    if (payload.size() > at + 1 && octet(payload, at) == 0 && octet(payload, at + 1) <= 1) {
        return refused(DatagramError::kMisplacedHeader);
    }
    if (payload.size() > at && octet(payload, at) >> 4U != 6) {
        return refused(DatagramError::kUnknownEncapsulation);
    }
    if (payload.size() < at + 40) {
        return refused(DatagramError::kMalformedIpv6);
    }
    const std::size_t length = octet(payload, at + 4) * 256U + octet(payload, at + 5);
    const bool is_jumbogram = length == 0 && octet(payload, at + 6) == 0;
    if (at + 40 + length > payload.size() || is_jumbogram) {
        return refused(DatagramError::kMalformedIpv6);
    }
    layout.trailers = at + 40 + length;
    return layout;
}

Layout read(Bytes payload) {
    Layout layout;
    if (payload.size() < 40) {
        return refused(DatagramError::kTooShort);
    }
    std::size_t at = 0;
    if (octet(payload, 0) == 0 && octet(payload, 1) == 1) {
        layout.has_authentication = true;
        at = 4U + octet(payload, 2) + octet(payload, 3) + 8 + 1;
        if (at > payload.size()) {
            return refused(DatagramError::kTruncatedAuthentication);
        }
    }
    if (at + 1 < payload.size() && octet(payload, at) == 0 && octet(payload, at + 1) == 0) {
        layout.has_origin = true;
        at += 8;
        if (at > payload.size()) {
            return refused(DatagramError::kTruncatedOrigin);
        }
    }
    layout.packet = at;
    return read_packet(payload, layout);
}

// RFC 6081 §4, once more: what a run of trailers says.
void check_trailers(Bytes area) {
    const wire::Trailers trailers = wire::parse_trailers(area);
    std::size_t at = 0;
    std::optional<std::uint32_t> nonce;
    std::optional<std::uint32_t> port;
    bool is_fatal = false;
    while (!is_fatal && at + 2 <= area.size() && at + 2 + octet(area, at + 1) <= area.size()) {
        const unsigned type = octet(area, at);
        const std::size_t size = octet(area, at + 1);
        if (type == 1 && size == 4 && !nonce) {
            nonce = load_be32(area.subspan(at + 2));
        }
        if ((type == 2 || type == 5) && size == 2 && !port) {
            port = load_be16(area.subspan(at + 2));
        }
        is_fatal = type >= 0x40 && type < 0x80;
        at += 2 + size;
    }
    EXPECT_HOLDS(trailers.well_formed_size == at);
    EXPECT_HOLDS(trailers.nonce == nonce);
    EXPECT_HOLDS(trailers.random_port == port);
    EXPECT_HOLDS(trailers.must_discard == is_fatal);
    if (trailers.alternates) {
        EXPECT_HOLDS(trailers.alternates->count >= 1 && trailers.alternates->count <= 4);
        for (std::size_t i = 0; i < trailers.alternates->count; ++i) {
            const Endpoint& entry = trailers.alternates->entries.at(i);
            EXPECT_HOLDS(entry.port != 0 && !entry.address.is_multicast() &&
                         !entry.address.is_loopback() && !entry.address.is_unspecified() &&
                         !entry.address.is_broadcast());
        }
    }
    // What a server passes on must read the same again.
    const wire::Trailers again = wire::parse_trailers(area.first(trailers.well_formed_size));
    EXPECT_HOLDS(again.nonce == trailers.nonce && again.random_port == trailers.random_port);
    EXPECT_HOLDS(again.well_formed_size == trailers.well_formed_size);
    EXPECT_HOLDS(again.must_discard == trailers.must_discard);
    EXPECT_HOLDS(again.has_malformed_alternates == trailers.has_malformed_alternates);
    EXPECT_HOLDS(again.neighbor_discovery == trailers.neighbor_discovery);
}

void check_rebuilt(const TeredoDatagram& datagram, Bytes payload) {
    std::array<std::byte, wire::kMaximumAuthenticationSize + wire::kOriginSize> headers{};
    std::size_t size = 0;
    if (datagram.authentication) {
        EXPECT_HOLDS(lies_within(datagram.authentication->client_identifier, payload));
        EXPECT_HOLDS(lies_within(datagram.authentication->value, payload));
        size += wire::write_authentication(headers, *datagram.authentication);
    }
    if (datagram.origin) {
        wire::write_origin(MutableBytes{headers}.subspan(size), *datagram.origin);
        size += wire::kOriginSize;
    }
    EXPECT_HOLDS(equal(Bytes{headers}.first(size), payload.first(size)));
}

// RFC 8200 §4: up to eight headers and 256 bytes of them are walked.
void check_extension_headers(const wire::Ipv6Packet& packet) {
    const wire::ExtensionHeaders headers = wire::walk_extension_headers(packet);
    const Bytes payload = packet.payload();
    std::size_t at = 0;
    unsigned type = packet.next_header();
    bool has_type0 = false;
    bool is_later_fragment = false;
    bool is_acceptable = true;
    for (int count = 0; type == 0 || type == 43 || type == 44 || type == 60; ++count) {
        const bool has_start = at + 8 <= payload.size();
        const std::size_t size = type == 44 || !has_start ? 8 : 8 * (1 + octet(payload, at + 1));
        is_acceptable = has_start && at + size <= payload.size() && at + size <= 256 && count < 8;
        if (!is_acceptable) {
            break;
        }
        has_type0 =
            has_type0 || (type == 43 && octet(payload, at + 2) == 0 && octet(payload, at + 3) != 0);
        if (type == 44 && (octet(payload, at + 2) != 0 || octet(payload, at + 3) >= 8)) {
            is_later_fragment = true;
            break;
        }
        type = octet(payload, at);
        at += size;
    }
    EXPECT_HOLDS(headers.is_acceptable == is_acceptable);
    EXPECT_HOLDS(headers.has_type0_routing == has_type0);
    EXPECT_HOLDS(lies_within(headers.upper_layer_payload, payload));
    if (is_acceptable) {
        EXPECT_HOLDS(headers.upper_layer == (is_later_fragment ? wire::kNoNextHeader : type));
        EXPECT_HOLDS(is_later_fragment ||
                     headers.upper_layer_payload.size() == payload.size() - at);
    }
}

// Everything around `packet` again, from the values alone.
void check_built(const TeredoDatagram& datagram) {
    const wire::Ipv6Packet& packet = datagram.packet;
    const wire::Bubble bubble =
        wire::build_bubble(packet.source(), packet.destination(), 0x01020304);
    const auto parsed = TeredoDatagram::parse(bubble.bytes());
    EXPECT_HOLDS(parsed && parsed->packet.is_bubble());
    EXPECT_HOLDS(parsed->packet.source() == packet.source());
    EXPECT_HOLDS(parsed->packet.destination() == packet.destination());
    EXPECT_HOLDS(wire::parse_trailers(parsed->trailers).nonce == 0x01020304U);
}

}  // namespace
}  // namespace miredo::fuzz

FUZZ_TARGET(datagram) {
    using namespace miredo;
    using namespace miredo::fuzz;
    const Layout expected = read(input);
    const auto datagram = wire::TeredoDatagram::parse(input);
    EXPECT_HOLDS(datagram.has_value() == !expected.error);
    check_trailers(input);
    if (!datagram) {
        EXPECT_HOLDS(datagram.error() == expected.error);
        return;
    }
    EXPECT_HOLDS(datagram->authentication.has_value() == expected.has_authentication);
    EXPECT_HOLDS(datagram->origin.has_value() == expected.has_origin);
    EXPECT_HOLDS(datagram->packet.bytes().data() == input.data() + expected.packet);
    EXPECT_HOLDS(datagram->packet.size() == expected.trailers - expected.packet);
    EXPECT_HOLDS(datagram->trailers.size() == input.size() - expected.trailers);
    check_rebuilt(*datagram, input);
    check_trailers(datagram->trailers);
    check_extension_headers(datagram->packet);
    check_built(*datagram);
}
