// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/received_datagram.hpp"

#include "wire/trailers.hpp"

namespace miredo::teredo {

DropReason to_drop_reason(wire::DatagramError error) {
    switch (error) {
    case wire::DatagramError::kTooShort:
        return DropReason::kTooShort;
    case wire::DatagramError::kUnknownEncapsulation:
        return DropReason::kUnknownEncapsulation;
    case wire::DatagramError::kTruncatedAuthentication:
        return DropReason::kTruncatedAuthentication;
    case wire::DatagramError::kTruncatedOrigin:
        return DropReason::kTruncatedOrigin;
    case wire::DatagramError::kMisplacedHeader:
        return DropReason::kMisplacedHeader;
    case wire::DatagramError::kMalformedIpv6:
        break;
    }
    return DropReason::kMalformedIpv6;
}

bool is_possible_outer_source(Endpoint source) {
    return source.port != 0 && !source.address.is_unspecified() && !source.address.is_multicast() &&
           !source.address.is_broadcast();
}

Result<ReceivedDatagram, DropReason> parse_datagram(Bytes bytes) {
    const auto datagram = wire::TeredoDatagram::parse(bytes);
    if (!datagram) {
        return Failure{to_drop_reason(datagram.error())};
    }
    if (datagram->trailers.empty()) {
        return ReceivedDatagram{*datagram, std::nullopt};
    }
    const wire::Trailers trailers = wire::parse_trailers(datagram->trailers);
    if (trailers.must_discard) {
        return Failure{DropReason::kUnknownTrailer};
    }
    if (trailers.has_malformed_alternates && datagram->packet.is_bubble()) {
        return Failure{DropReason::kMalformedAlternates};
    }
    return ReceivedDatagram{*datagram, trailers.nonce};
}

}  // namespace miredo::teredo
