// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What is inside a Teredo address, for `miredoctl decode` and `encode` (RFC 4380 §4, RFC 5991
// §3.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ipv6_address.hpp"
#include "ctl/json.hpp"
#include "ctl/style.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::ctl {

// A block of lines.
[[nodiscard]] std::string address_text(const wire::TeredoAddress& address, const Style& style);
// Of miredo.address/1, an element of `addresses`.
[[nodiscard]] Json address_json(const wire::TeredoAddress& address);
// The document miredo.address/1.
[[nodiscard]] Json addresses_json(Json addresses);

// Only a Teredo address, in the prefix 2001::/32; another one is kFailure, no address kUsage.
[[nodiscard]] Outcome<wire::TeredoAddress> parse_teredo_address(std::string_view text);

// `server` an IPv4 address; `mapped` one, and a port behind a colon (else 3544).
[[nodiscard]] Outcome<wire::TeredoAddress>
encode_address(std::string_view server, std::string_view mapped, std::uint16_t flags);

}  // namespace miredo::ctl
