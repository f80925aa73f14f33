// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The differential test: random packet trains through the coalescer, and each of its groups through
// SuperPacket, against the packets as they came. MIREDO_TRAINS says how many (100000),
// MIREDO_TRAIN_SEED from which seed on (1): train N of a run is the train of seed + N. Nothing of
// it allocates: operator new counts.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "offload/coalescer.hpp"
#include "train.hpp"
#include "unit/allocation_count.hpp"

namespace miredo::offload {
namespace {

constexpr std::uint64_t kTrains = 100000;

// SplitMix64: fast, and good enough to be started anew for each train.
class RandomChoices final : public Choices {
  public:
    explicit RandomChoices(std::uint64_t seed) : state_{seed * 0x9E3779B97F4A7C15U} {}

    [[nodiscard]] std::uint32_t below(std::uint32_t bound) override {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t mixed = (state_ ^ (state_ >> 30U)) * 0xBF58476D1CE4E5B9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
        return static_cast<std::uint32_t>(((mixed >> 32U) * bound) >> 32U);
    }

  private:
    std::uint64_t state_;
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text);
}

TEST(Trains, JoinedAndCutTheyAreWhatTheyWere) {
    const std::uint64_t trains = from_environment("MIREDO_TRAINS", kTrains);
    const std::uint64_t seed = from_environment("MIREDO_TRAIN_SEED", 1);
    Coalescer coalescer{{}};
    Train train;
    std::uint64_t packets = 0;
    std::uint64_t joined = 0;
    const std::uint64_t allocated = allocation_count();
    for (std::uint64_t i = 0; i < trains; ++i) {
        RandomChoices choices{seed + i};
        train.generate(choices);
        const Verdict verdict = check_train(coalescer, train);
        if (verdict.wrong != nullptr) {
            FAIL() << verdict.wrong << ": train of seed " << seed + i;
        }
        packets += train.members().size();
        joined += verdict.joined;
    }
    EXPECT_EQ(allocation_count(), allocated);
    RecordProperty("packets", std::to_string(packets));
    RecordProperty("joined", std::to_string(joined));
    // Nothing is shown by joining nothing.
    EXPECT_GT(joined * 4, packets) << joined << " of " << packets;
}

}  // namespace
}  // namespace miredo::offload
