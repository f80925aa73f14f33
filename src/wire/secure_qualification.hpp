// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The authentication value of a solicitation or advertisement (RFC 4380 §5.2.2). It covers, without
// any padding between them:
//
//   nonce (8) | confirmation (1) | origin indication as on the wire, if there is one | IPv6 packet
//
// Identifier, lengths and trailers are not covered.
#pragma once

#include <optional>

#include "wire/hmac_sha1.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::wire {

// What `authentication.value` has to be; the one that is there is not looked at.
[[nodiscard]] HmacSha1::Value authentication_value(HmacSha1& mac,
                                                   const Authentication& authentication,
                                                   std::optional<Endpoint> origin,
                                                   Bytes packet);
// False where the datagram has no authentication header, or another value in it.
[[nodiscard]] bool is_authentic(HmacSha1& mac, const TeredoDatagram& datagram);

}  // namespace miredo::wire
