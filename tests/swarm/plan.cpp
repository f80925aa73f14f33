// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "swarm/plan.hpp"

#include "sim/seeded_random.hpp"

namespace miredo::swarm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Of a mixed seed: neighbouring seeds are to have nothing in common.
constexpr std::uint64_t kPlanSalt = 0x7e6ed0;

template <typename T, std::size_t N>
T pick(RandomSource& random, const std::array<T, N>& values) {
    return values[below(random, N)];
}

sim::NatBehaviour draw_nat(RandomSource& random) {
    sim::NatBehaviour nat;
    nat.mapping = pick(random, sim::kMappings);
    nat.filtering = pick(random, sim::kFilterings);
    if (chance(random, 0.5)) {
        nat.mapping = sim::Mapping::kEndpointIndependent;  // as most are
    }
    constexpr std::array kTimeouts{10, 20, 30, 35, 60, 60, 120, 120, 120, 300};
    nat.timeout = seconds{pick(random, kTimeouts)};
    nat.ports = static_cast<sim::PortAssignment>(below(random, 3));
    nat.hairpinning = static_cast<sim::Hairpinning>(below(random, 3));
    constexpr std::array kRefreshs{
        sim::Refresh::kOutbound, sim::Refresh::kBoth, sim::Refresh::kInbound};
    nat.refresh = chance(random, 0.9) ? kRefreshs[below(random, 2)] : sim::Refresh::kInbound;
    nat.addresses = static_cast<std::uint8_t>(chance(random, 0.8) ? 1 : 1 + below(random, 8));
    nat.pooling = chance(random, 0.7) ? sim::Pooling::kPaired : sim::Pooling::kArbitrary;
    return nat;
}

std::uint32_t draw_max_peers(RandomSource& random) {
    constexpr std::array<std::uint32_t, 4> kLimits{4, 16, 256, 1024};
    return pick(random, kLimits);
}

void draw_nats(Plan& plan, RandomSource& random) {
    const std::size_t count = below(random, plan.clients.size() + 3);
    for (std::size_t i = 0; i < count; ++i) {
        NatPlan nat{draw_nat(random), std::nullopt};
        if (i > 0 && chance(random, 0.25)) {
            nat.outer = below(random, i);
        }
        plan.nats.push_back(nat);
    }
}

// What roles may do without: each in some of the plans, and there not everywhere.
void draw_options(Plan& plan, RandomSource& random) {
    const bool has_secrets = chance(random, 0.4);
    const bool has_determination = chance(random, 0.4);
    const bool has_discovery = chance(random, 0.4);
    for (ServerPlan& server : plan.servers) {
        server.knows_secrets = has_secrets && chance(random, 0.8);
        server.requires_authentication = server.knows_secrets && chance(random, 0.4);
    }
    for (ClientPlan& client : plan.clients) {
        constexpr std::array kCredentials{Credential::kNone,
                                          Credential::kNone,
                                          Credential::kNone,
                                          Credential::kCurrent,
                                          Credential::kCurrent,
                                          Credential::kCurrent,
                                          Credential::kOutdated,
                                          Credential::kWrong};
        client.credential = has_secrets ? pick(random, kCredentials) : Credential::kNone;
        client.determines_refresh_interval = has_determination && chance(random, 0.6);
        client.discovers_locally = has_discovery && chance(random, 0.8);
        client.is_on_other_subnet = has_discovery && chance(random, 0.25);
    }
}

void draw_hosts(Plan& plan, RandomSource& random) {
    plan.clients.resize(1 + below(random, 8));
    plan.servers.resize(1 + below(random, 3));
    plan.relays.resize(below(random, 3));
    plan.natives = 1 + below(random, 2);
    plan.attackers = chance(random, 0.5) ? 1 + below(random, 2) : 0;
    draw_nats(plan, random);
    for (ServerPlan& server : plan.servers) {
        server.has_two_addresses = chance(random, 0.7);
    }
    for (ClientPlan& client : plan.clients) {
        if (!plan.nats.empty() && chance(random, 0.85)) {
            client.nat = below(random, plan.nats.size());
        }
        client.server = below(random, plan.servers.size());
        client.names_secondary = chance(random, 0.7);
        client.max_peers = draw_max_peers(random);
        client.starts_after =
            chance(random, 0.7) ? Duration{} : random.uniform(Duration{}, seconds{20});
    }
    for (RelayPlan& relay : plan.relays) {
        relay.mode = static_cast<teredo::RelayMode>(below(random, 3));
        relay.max_peers = draw_max_peers(random);
    }
    draw_options(plan, random);
}

class StepWriter {
  public:
    StepWriter(Plan& plan, RandomSource& random) : plan_{plan}, random_{random} {}

    // `count` times, at any time.
    void add(std::uint32_t count, Act act, std::size_t subjects, std::size_t others = 1) {
        for (std::uint32_t i = 0; i < count && subjects != 0 && others != 0; ++i) {
            Step step;
            step.at = random_.uniform(milliseconds{1}, plan_.chaos);
            step.act = act;
            step.subject = below(random_, subjects);
            step.other = below(random_, others);
            step.value = random_.uint32();
            step.duration = random_.uniform(milliseconds{100},
                                            chance(random_, 0.2) ? plan_.chaos : seconds{10});
            plan_.steps.push_back(step);
        }
    }
    void add_some(std::uint32_t most, Act act, std::size_t subjects, std::size_t others = 1) {
        add(1 + below(random_, most), act, subjects, others);
    }

  private:
    Plan& plan_;
    RandomSource& random_;
};

void draw_workload(Plan& plan, StepWriter& steps, RandomSource& random) {
    const std::size_t clients = plan.clients.size();
    const auto pings = static_cast<std::uint32_t>(10 * clients);
    steps.add(pings, Act::kPing, clients, clients);
    steps.add(pings / 4, Act::kPingOldAddress, clients, clients);
    steps.add(pings / 2, Act::kPingNative, clients, plan.natives);
    steps.add(pings / 2, Act::kPingFromNative, plan.natives, clients);
    steps.add(pings / 4, Act::kPingNowhere, clients, plan.natives);
    if (chance(random, 0.5)) {
        steps.add(pings / 4, Act::kNoise, clients);
    }
    steps.add_some(3, Act::kSameSettings, 1);
    steps.add_some(2, Act::kRequalify, clients);
}

void draw_faults(Plan& plan, StepWriter& steps, RandomSource& random) {
    for (std::size_t i = 0; i < kFaultCount; ++i) {
        plan.faults[i] = chance(random, 0.5);
    }
    const std::size_t clients = plan.clients.size();
    const std::size_t hosts = clients + plan.servers.size() + plan.relays.size() + plan.natives;
    steps.add(static_cast<std::uint32_t>(2 * hosts), Act::kImpair, hosts);
    if (has(plan.faults, Fault::kPartition)) {
        steps.add_some(3, Act::kCut, hosts);
    }
    if (has(plan.faults, Fault::kRebind)) {
        steps.add_some(4, Act::kRebind, plan.nats.size());
        steps.add_some(2, Act::kRenumber, plan.nats.size());
    }
    if (has(plan.faults, Fault::kRestart)) {
        steps.add_some(3, Act::kRestartClient, clients);
        steps.add_some(2, Act::kRestartRelay, plan.relays.size());
    }
    if (has(plan.faults, Fault::kOutage)) {
        steps.add_some(2, Act::kRestartServer, plan.servers.size());
        steps.add_some(2, Act::kSilence, plan.servers.size());
    }
    if (has(plan.faults, Fault::kSettings)) {
        steps.add_some(3, Act::kChangeSettings, clients);
        steps.add_some(2, Act::kChangeRelay, plan.relays.size());
    }
    if (has(plan.faults, Fault::kSuspend)) {
        steps.add_some(3, Act::kSuspend, clients);
    }
}

sim::Impairment draw_impairment(const Faults& faults, RandomSource& random) {
    sim::Impairment impairment;
    const auto up_to = [&](Fault fault, double most) {
        return has(faults, fault) && chance(random, 0.5) ? most * (below(random, 1000) / 1000.0)
                                                         : 0;
    };
    impairment.loss = up_to(Fault::kLoss, 0.5);
    impairment.bursts.enter = up_to(Fault::kBursts, 0.1);
    impairment.bursts.leave = 0.3;
    impairment.duplication = up_to(Fault::kDuplication, 0.2);
    impairment.corruption = up_to(Fault::kCorruption, 0.2);
    impairment.undetected = 0.5;
    impairment.reordering = up_to(Fault::kReordering, 0.25);
    impairment.jitter = has(faults, Fault::kReordering) && chance(random, 0.3)
                            ? random.uniform(Duration{}, milliseconds{100})
                            : Duration{};
    return impairment;
}

}  // namespace

std::uint32_t below(RandomSource& random, std::size_t count) {
    return count == 0 ? 0 : random.uint32() % static_cast<std::uint32_t>(count);
}

bool chance(RandomSource& random, double probability) {
    return random.uint32() < probability * 4294967296.0;
}

sim::Link draw_link(const Plan& plan, RandomSource& random) {
    sim::Link link;
    link.latency = plan.latency;
    link.outbound = draw_impairment(plan.faults, random);
    link.inbound = draw_impairment(plan.faults, random);
    if (has(plan.faults, Fault::kMtu) && chance(random, 0.5)) {
        link.mtu = static_cast<std::uint16_t>(576 + below(random, 925));
        link.too_big = chance(random, 0.5) ? sim::TooBig::kFragment : sim::TooBig::kDrop;
    }
    if (has(plan.faults, Fault::kDelay) && chance(random, 0.5)) {
        link.latency = random.uniform(
            plan.latency, chance(random, 0.2) ? Duration{seconds{3}} : milliseconds{300});
    }
    return link;
}

Plan make_plan(std::uint64_t seed) {
    sim::SeededRandom random{seed ^ (kPlanSalt << 32U)};
    Plan plan;
    plan.seed = seed;
    plan.latency = random.uniform(milliseconds{1}, milliseconds{40});
    plan.chaos = random.uniform(seconds{20}, seconds{120});
    draw_hosts(plan, random);
    StepWriter steps{plan, random};
    draw_workload(plan, steps, random);
    draw_faults(plan, steps, random);
    plan.tells_of_healing = chance(random, 0.5);
    return plan;
}

}  // namespace miredo::swarm
