// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Constants of the protocol, with their source, and the limits put on what strangers can cause
// (CONTRIBUTING.md, "Bounds"). `k…Rate` is per second.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace miredo::teredo {

// What one of `shards` ≥ 1 has of a limit for all of them; never nothing.
[[nodiscard]] constexpr std::uint32_t share(std::uint32_t limit, std::uint32_t shards) {
    return (limit + shards - 1) / shards;
}

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// RFC 4380 §5.2.4: a peer heard less than this ago is reached directly.
inline constexpr Duration kPeerValidity = seconds{30};
// A peer nobody has used for so long is forgotten …
inline constexpr Duration kPeerLifetime = minutes{10};
// (its last use is known this exactly) …
inline constexpr Duration kUseResolution = kPeerValidity / 2;
// … earlier where nothing was ever sent to it: all that is known of it is void by then.
inline constexpr Duration kStrangerLifetime = kPeerValidity;
// RFC 4380 §5.2.6: bubbles to one peer.
inline constexpr Duration kBubbleSpacing = seconds{2};
inline constexpr std::uint32_t kBubbleBudget = 4;
inline constexpr Duration kBubbleBudgetWindow = seconds{300};
// RFC 4380 §5.2.4, §5.2.9, §5.4.1: a bubble pair or connectivity test, then three repeats.
inline constexpr Duration kAttemptInterval = seconds{2};
inline constexpr std::uint32_t kAttempts = 4;
// Connectivity tests of one native peer, unanswered: kBubbleBudget in this time.
inline constexpr Duration kTestBudgetWindow = seconds{30};
// RFC 6081 §5.2: how long the nonce of an indirect bubble proves another mapping.
inline constexpr Duration kBubbleNonceLifetime = seconds{30};

// Qualification: gaps between solicitations, then the maximum; each varied by ± 10 %. Ten tries fit
// into the first minute: with 30 % loss each way one in a thousand clients has no answer by then.
inline constexpr std::array<Duration, 10> kSolicitationGaps{seconds{1},
                                                            seconds{2},
                                                            seconds{4},
                                                            seconds{4},
                                                            seconds{8},
                                                            seconds{8},
                                                            seconds{8},
                                                            seconds{8},
                                                            seconds{8},
                                                            seconds{16}};
inline constexpr Duration kMaximumSolicitationGap = seconds{30};
// RFC 4380 §5.2.1: how long the answer to a solicitation is waited for. Its nonce is good for so
// long, and the secondary server is asked again after it.
inline constexpr Duration kSolicitationTimeout = seconds{4};
// After this many unanswered ones the reason is `no-reply`; in maintenance: `degraded`.
inline constexpr std::uint32_t kUnansweredLimit = 3;
// How long a degraded client keeps its address.
inline constexpr Duration kDegradedLifetime = minutes{5};
inline constexpr std::uint32_t kSecondaryTries = 3;

// RFC 4380 §5.2.7: what the longest refresh interval tried may come near to.
inline constexpr Duration kMaximumRefreshInterval = seconds{120};
// RFC 4380 §5.2.8: between two discovery bubbles; and §5.2.4, case 3: how long a peer heard so is
// known to be on our link.
inline constexpr Duration kShortestDiscoveryInterval = seconds{200};
inline constexpr Duration kLongestDiscoveryInterval = seconds{300};
inline constexpr Duration kLocalPeerLifetime = seconds{600};

// Queues for unproven peers: packets and bytes for each, bytes in all, age.
inline constexpr std::uint32_t kQueuePackets = 8;
inline constexpr std::uint32_t kQueueBytes = 8192;
inline constexpr std::uint32_t kQueueBytesInAll = 256 * 1024;
inline constexpr Duration kQueueLifetime = seconds{8};
// Packets held while a received native source is tested.
inline constexpr std::uint32_t kHeldPackets = 64;
inline constexpr std::uint32_t kHeldBytes = 64 * 1024;

// Answers to indirect bubbles: per peer and per target IPv4 address, and in all.
inline constexpr Duration kAnswerInterval = milliseconds{500};
inline constexpr std::uint32_t kAnswerBurst = 3;
inline constexpr std::uint32_t kAnswerRate = 100;
inline constexpr std::uint32_t kAnswerBurstInAll = 200;
// Connectivity tests caused by received packets (CVE-2006-6266).
inline constexpr std::uint32_t kTestRate = 10;
inline constexpr std::uint32_t kTestBurst = 20;
// How long a stateless test nonce is good for.
inline constexpr Duration kTestNonceWindow = seconds{30};
// Relay: bubbles for unknown destinations, in all, where the settings say nothing else.
inline constexpr std::uint32_t kRelayBubbleRate = 200;
// Relay: destinations to be tried, for one source /48 and behind one mapped IPv4 address, so that
// one scan neither takes everybody's share nor floods one NAT (RFC 4380 §7.4.3).
inline constexpr std::uint32_t kRelaySourceRate = 100;
inline constexpr std::uint32_t kRelaySourceBurst = 100;
inline constexpr std::uint32_t kRelayTargetRate = 20;
inline constexpr std::uint32_t kRelayTargetBurst = 40;
inline constexpr std::size_t kRelayBuckets = 4096;
// ICMPv6 errors (RFC 4443 §2.4 f).
inline constexpr std::uint32_t kErrorRate = 10;
inline constexpr std::uint32_t kErrorBurst = 10;

// Connectivity test: hop limit of the echo request (smaller ones failed in the field).
inline constexpr std::uint8_t kTestHopLimit = 128;

}  // namespace miredo::teredo
