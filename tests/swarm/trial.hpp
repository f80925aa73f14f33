// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One seed, from its plan to the verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "swarm/judge.hpp"

namespace miredo::swarm {

struct TrialOptions {
    std::ostream* pcap = nullptr;  // gets a capture
    Duration start{};              // how late it is at first; a multiple of 30 s (S11)
};

struct Outcome {
    std::uint64_t seed = 0;
    std::optional<Failure> failure;
    std::uint64_t hash = 0;   // Network::trace_hash()
    std::uint64_t shape = 0;  // NetworkRules::shape()
    std::uint64_t turns = 0;  // of all roles
    Duration lasted{};        // virtual time
};

[[nodiscard]] Outcome run_trial(std::uint64_t seed, const TrialOptions& options = {});
// "seed 7: 12.345678 s: client 3: S6: …", and how to repeat it.
[[nodiscard]] std::string to_string(const Outcome& outcome);

}  // namespace miredo::swarm
