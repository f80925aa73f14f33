// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The figures that the RFCs and CONTRIBUTING.md promise, written down a second time: the engine's
// own constants are what is judged here.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.hpp"

namespace miredo::scenario {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// RFC 4380 §5.2.6.
inline constexpr Duration kBubbleSpacing = seconds{2};
inline constexpr std::size_t kBubbleBudget = 4;
inline constexpr Duration kBubbleBudgetWindow = seconds{300};
// RFC 4380 §5.2.4, §5.2.9, §5.4.1: one attempt and three repeats.
inline constexpr Duration kAttemptInterval = seconds{2};
inline constexpr std::size_t kAttempts = 4;
// RFC 4380 §5.2.5: 75 to 100 % of it.
inline constexpr Duration kRefreshInterval = seconds{30};

inline constexpr Duration kLongestSolicitationGap = seconds{33};  // 30 s + 10 %
inline constexpr std::size_t kUnansweredLimit = 3;
inline constexpr std::size_t kSecondaryTries = 3;
inline constexpr Duration kDegradedLifetime = minutes{5};

// Answers to indirect bubbles: per peer and per IPv4 address, and in all.
inline constexpr Duration kAnswerInterval = milliseconds{500};
inline constexpr std::size_t kAnswerBurst = 3;
inline constexpr std::size_t kAnswersPerSecond = 100;
inline constexpr std::size_t kAnswerBurstInAll = 200;
// A relay's bubbles for unknown destinations.
inline constexpr std::size_t kRelayBubblesPerSecond = 200;
// ICMPv6 errors: ten at once, ten a second.
inline constexpr std::size_t kErrorBurst = 10;

}  // namespace miredo::scenario
