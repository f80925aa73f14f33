// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The oracle: which pairs of clients reach each other directly, decided from the RFC 4787 values of
// the NATs they are behind, by reasoning (oracle.cpp says how), not by running anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/nat.hpp"

namespace miredo::sim {

enum class Verdict : std::uint8_t {
    kMustNot,  // no exchange of RFC 4380 and RFC 6081 §5.2 makes packets go both ways
    kMay,      // it depends on chance, or on more than the RFCs ask for
    kMust,
};
[[nodiscard]] std::string_view to_string(Verdict verdict);

// For hosts behind `a` and behind `b`, their innermost NATs, nullptr for none: with a server each,
// symmetric NAT support (RFC 6081 §5.2), no port prediction, no UPnP, no local discovery, and no
// private addresses as mappings (RFC 4380 §5.2.4). A relay or server is a host without NAT.
[[nodiscard]] Verdict direct_path(const Nat* a, const Nat* b);

// The same for NATs that stand alone: whether the path is there for certain.
[[nodiscard]] bool is_direct_path_possible(const std::optional<NatBehaviour>& a,
                                           const std::optional<NatBehaviour>& b);

}  // namespace miredo::sim
