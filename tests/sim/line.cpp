// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/line.hpp"

namespace miredo::sim {
namespace {

constexpr std::uint32_t kMostFlips = 3;

}  // namespace

// Nothing is drawn for what can't happen: a fault that is off changes no other one's sequence.
bool Line::chance(double probability) {
    return probability > 0 && random_.fraction() < probability;
}

bool Line::loses(const Impairment& impairment) {
    const BurstLoss& bursts = impairment.bursts;
    if (bursts.enter > 0) {
        is_bad_ = is_bad_ ? !chance(bursts.leave) : chance(bursts.enter);
    } else {
        is_bad_ = false;
    }
    return chance(impairment.loss) || (is_bad_ && chance(bursts.loss));
}

Duration Line::delay(const Impairment& impairment) {
    Duration delay{};
    if (impairment.jitter > Duration::zero()) {
        delay = random_.uniform(Duration::zero(), impairment.jitter);
    }
    return chance(impairment.reordering) ? delay + impairment.reordering_delay : delay;
}

Passage Line::pass(const Impairment& impairment, std::uint32_t fragments) {
    Passage passage;
    passage.is_lost = impairment.is_cut;
    for (std::uint32_t fragment = 0; fragment < fragments; ++fragment) {
        passage.is_lost = loses(impairment) || passage.is_lost;
    }
    if (passage.is_lost) {
        return passage;
    }
    passage.delay = delay(impairment);
    passage.is_duplicated = chance(impairment.duplication);
    if (passage.is_duplicated) {
        passage.duplicate_delay = delay(impairment);
    }
    passage.is_corrupted = chance(impairment.corruption);
    passage.is_detected = passage.is_corrupted && !chance(impairment.undetected);
    return passage;
}

void Line::corrupt(Packet& bytes) {
    const std::uint32_t flips = 1 + random_.uint32() % kMostFlips;
    for (std::uint32_t flip = 0; flip < flips; ++flip) {
        const std::uint32_t bit = random_.uint32() % static_cast<std::uint32_t>(8 * bytes.size());
        bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    }
}

}  // namespace miredo::sim
