// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The stable names of reasons and states.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "teredo/drop_reason.hpp"
#include "teredo/status.hpp"

namespace miredo::teredo {
namespace {

TEST(DropReasonNames, are_there_for_all_and_differ) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kDropReasonCount; ++i) {
        const std::string_view name = to_string(static_cast<DropReason>(i));
        EXPECT_FALSE(name.empty());
        EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
                  std::string_view::npos);
        names.insert(name);
    }
    EXPECT_EQ(names.size(), kDropReasonCount);
}

TEST(DropReasonNames, are_in_the_order_of_the_reasons) {
    EXPECT_EQ(to_string(DropReason::kTooShort), "too-short");
    EXPECT_EQ(to_string(DropReason::kMappingMismatch), "mapping-mismatch");
    EXPECT_EQ(to_string(DropReason::kAdvertisementOrigin), "advertisement-origin");
    EXPECT_EQ(to_string(DropReason::kHeldMismatch), "held-mismatch");
    EXPECT_EQ(to_string(DropReason::kAttemptBudget), "attempt-budget");
    EXPECT_EQ(to_string(DropReason::kAddressChanged), "address-changed");
    EXPECT_EQ(to_string(DropReason::kFromServer), "from-server");
    EXPECT_EQ(to_string(DropReason::kRateLimited), "rate-limited");
}

TEST(StateNames, are_those_of_the_documentation) {
    EXPECT_EQ(to_string(ClientState::kQualifying), "qualifying");
    EXPECT_EQ(to_string(ClientState::kQualified), "qualified");
    EXPECT_EQ(to_string(ClientState::kDegraded), "degraded");
    EXPECT_EQ(to_string(StateReason::kNone), "none");
    EXPECT_EQ(to_string(StateReason::kNoReply), "no-reply");
    EXPECT_EQ(to_string(StateReason::kRejected), "rejected");
    EXPECT_EQ(to_string(StateReason::kServerNeeded), "server-needed");
    EXPECT_EQ(to_string(NatType::kUnknown), "unknown");
    EXPECT_EQ(to_string(NatType::kConeOrRestricted), "cone-or-restricted");
    EXPECT_EQ(to_string(NatType::kSymmetric), "symmetric");
    EXPECT_EQ(to_string(PeerKind::kTeredo), "teredo");
    EXPECT_EQ(to_string(PeerKind::kNative), "native");
    EXPECT_EQ(to_string(PeerState::kDirect), "direct");
    EXPECT_EQ(to_string(PeerState::kRelay), "relay");
    EXPECT_EQ(to_string(PeerState::kProbing), "probing");
    EXPECT_EQ(to_string(PeerState::kIdle), "idle");
    EXPECT_EQ(to_string(PeerState::kFailed), "failed");
}

}  // namespace
}  // namespace miredo::teredo
