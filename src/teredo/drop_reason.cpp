// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/drop_reason.hpp"

namespace miredo::teredo {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, kDropReasonCount> kNames{
    "too-short",
    "unknown-encapsulation",
    "truncated-authentication",
    "truncated-origin",
    "misplaced-header",
    "malformed-ipv6",
    "unknown-trailer",
    "malformed-alternates",
    "outer-source-unusable",
    "own-outer-source",
    "source-unusable",
    "link-local-source",
    "own-source",
    "destination-not-own",
    "destination-not-served",
    "neighbor-discovery",
    "type0-routing",
    "extension-headers",
    "not-teredo-source",
    "mapping-mismatch",
    "unknown-peer",
    "nonce-mismatch",
    "advertisement-unexpected",
    "advertisement-nonce",
    "advertisement-not-authentic",
    "advertisement-invalid",
    "advertisement-origin",
    "origin-missing",
    "origin-unusable",
    "answer-rate-limited",
    "echo-reply-unexpected",
    "source-not-testable",
    "test-rate-limited",
    "held-queue-full",
    "held-expired",
    "held-mismatch",
    "secondary-port",
    "discovery-invalid",
    "discovery-not-local",
    "discovery-other-nat",
    "not-ipv6",
    "not-qualified",
    "destination-unusable",
    "source-not-own",
    "own-mapping",
    "not-teredo-destination",
    "mapped-address-unusable",
    "server-address-unusable",
    "queue-full",
    "peer-unreachable",
    "attempt-budget",
    "peer-evicted",
    "peer-table-full",
    "address-changed",
    "not-bubble-nor-echo",
    "echo-too-large",
    "hop-limit-exceeded",
    "solicitation-invalid",
    "solicitation-not-authentic",
    "no-other-address",
    "from-server",
    "foreign-client",
    "not-forwardable",
    "target-unusable",
    "target-own",
    "rate-limited",
};
static_assert(!kNames.back().empty());

}  // namespace

std::string_view to_string(DropReason reason) {
    return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace miredo::teredo
