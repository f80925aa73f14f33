// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Why a packet was discarded. Every discarded packet raises exactly one of these counters; what was
// consumed (bubbles, advertisements, test replies that did their work) is not discarded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace miredo::teredo {

enum class DropReason : std::uint8_t {
    // The datagram itself (RFC 4380 §5.1.1, RFC 6081 §4).
    kTooShort,
    kUnknownEncapsulation,
    kTruncatedAuthentication,
    kTruncatedOrigin,
    kMisplacedHeader,
    kMalformedIpv6,
    kUnknownTrailer,       // a type that asks for the packet to be discarded
    kMalformedAlternates,  // Alternate Address trailer, RFC 6081 §5.6.4.2

    // Where it comes from and where it wants to go.
    kOuterSourceUnusable,   // port 0, multicast, broadcast; for a server: not global unicast
    kOwnOuterSource,        // from our own socket or mapping: a loop
    kSourceUnusable,        // IPv6 source multicast, unspecified, loopback, IPv4-mapped …
    kLinkLocalSource,       // would be a forged neighbour to the kernel
    kOwnSource,             // IPv6 source is our own address
    kDestinationNotOwn,     // client: not our address
    kDestinationNotServed,  // relay: outside the served prefixes
    kNeighborDiscovery,     // RFC 4861 types never cross the tunnel
    kType0Routing,
    kExtensionHeaders,  // truncated, or more of them than are walked
    kNotTeredoSource,   // relay and server: IPv6 source has to be a Teredo address
    kMappingMismatch,   // embedded mapping is not the outer source
    kUnknownPeer,       // relay: nobody we have talked to
    kNonceMismatch,     // bubble from another mapping without our nonce

    // Router Advertisements (RFC 4380 §5.2.1, RFC 4861 §6.1.2).
    kAdvertisementUnexpected,    // nothing outstanding, or not from where it was asked
    kAdvertisementNonce,         // authentication missing or with another nonce
    kAdvertisementNotAuthentic,  // secure qualification: identifier or authentication value
    kAdvertisementInvalid,       // RFC 4861 §6.1.2, destination, prefix, MTU
    kAdvertisementOrigin,        // origin missing or not usable

    // Indirect bubbles and connectivity tests.
    kOriginMissing,
    kOriginUnusable,
    kAnswerRateLimited,
    kEchoReplyUnexpected,
    kSourceNotTestable,  // A8: a source that no connectivity test is sent to
    kTestRateLimited,
    kHeldQueueFull,
    kHeldExpired,
    kHeldMismatch,  // held packet came from elsewhere than the proven relay

    // The optional procedures (RFC 4380 §5.2.7, §5.2.8).
    kSecondaryPort,      // came to the port of the interval determination, and is no part of it
    kDiscoveryInvalid,   // came to the discovery address, and is no discovery bubble; or it is off
    kDiscoveryNotLocal,  // from outside of the attached subnets
    kDiscoveryOtherNat,  // of a client that is mapped to another IPv4 address than we are

    // Packets of our own host (RFC 4380 §5.2.4, §5.4.1).
    kNotIpv6,
    kNotQualified,
    kDestinationUnusable,
    kSourceNotOwn,
    kOwnMapping,            // destination embeds our own mapping or socket
    kNotTeredoDestination,  // relay
    kMappedAddressUnusable,
    kServerAddressUnusable,
    kQueueFull,
    kPeerUnreachable,  // queued, and no answer came
    kAttemptBudget,    // not queued: no bubble or connectivity test may be sent for now
    kPeerEvicted,      // queued for a peer that had to make room
    kPeerTableFull,    // not queued: every peer in the table is proven and in use
    kAddressChanged,   // queued or held, and then our own address went away

    // Server (RFC 4380 §5.3.1).
    kNotBubbleNorEcho,
    kEchoTooLarge,
    kHopLimitExceeded,
    kSolicitationInvalid,
    kSolicitationNotAuthentic,  // wrong authentication value, or none where one is required
    kNoOtherAddress,            // cone solicitation, and there is no second address to answer from
    kFromServer,                // what a server has sent: two servers could pass it on for ever
    kForeignClient,             // client of another server
    kNotForwardable,            // destination is not of global scope, or not one for such a packet
    kTargetUnusable,            // embedded IPv4 not global unicast, or port 0
    kTargetOwn,                 // embedded IPv4 is ours: a loop
    kRateLimited,

    kCount,
};

inline constexpr auto kDropReasonCount = static_cast<std::size_t>(DropReason::kCount);

// The reason's stable name, in the form `mapping-mismatch`.
[[nodiscard]] std::string_view to_string(DropReason reason);

}  // namespace miredo::teredo
