// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "swarm/trial.hpp"

#include <exception>
#include <memory>

#include <fmt/format.h>

#include "sim/pcap_writer.hpp"
#include "swarm/liveness.hpp"
#include "swarm/plan.hpp"
#include "swarm/world.hpp"

namespace miredo::swarm {

Outcome run_trial(std::uint64_t seed, const TrialOptions& options) {
    const Plan plan = make_plan(seed);
    World world{plan, options.start};
    const Instant start = world.network().now();
    std::unique_ptr<sim::PcapWriter> capture;
    if (options.pcap != nullptr) {
        capture = std::make_unique<sim::PcapWriter>(*options.pcap);
        world.network().add_observer(*capture);
    }
    try {
        if (world.run_chaos()) {
            world.heal();
            Liveness{world}.run();
        }
    } catch (const std::exception& error) {
        world.judge().fail(world.network().now(), "simulation", "exception", error.what());
    }
    return {seed,
            world.judge().failure(),
            world.network().trace_hash(),
            world.rules().shape(),
            world.rules().turn_count(),
            world.network().now() - start};
}

std::string to_string(const Outcome& outcome) {
    if (!outcome.failure) {
        return fmt::format("seed {}: nothing violated", outcome.seed);
    }
    const Failure& failure = *outcome.failure;
    return fmt::format("seed {0}: at {1:.6f} s: {2}: {3}: {4}; repeat: swarm --seed {0}",
                       outcome.seed,
                       std::chrono::duration<double>{failure.at}.count(),
                       failure.who,
                       failure.invariant,
                       failure.what);
}

}  // namespace miredo::swarm
