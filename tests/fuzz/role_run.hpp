// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A role under watch, in virtual time, as the targets of the roles drive it: whatever violates an
// invariant is a finding.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "fuzz/builder.hpp"
#include "fuzz/input.hpp"
#include "fuzz/sink.hpp"
#include "fuzz/target.hpp"
#include "fuzz/world.hpp"
#include "invariants/watched.hpp"

namespace miredo::fuzz {

inline constexpr int kMaximumEvents = 40;

// One event may stand for many inputs of a kind. A sequence has room for what fills every limit,
// and no more: its time is better spent on a sequence that does something else.
class Bursts {
  public:
    explicit Bursts(unsigned inputs) : left_{inputs} {}

    // How many of `wanted` inputs there may still be.
    [[nodiscard]] unsigned grant(unsigned wanted) {
        const unsigned granted = std::min(wanted, left_);
        left_ -= granted;
        return granted;
    }

  private:
    unsigned left_;
};

template <typename R>
class RoleRun {
  public:
    template <typename Settings>
    RoleRun(const Settings& settings, std::uint64_t seed)
        : random_{seed}, role_{settings, random_, now_} {}

    [[nodiscard]] const Sink& sink() const { return sink_; }
    [[nodiscard]] Instant now() const { return now_; }
    void forget_output() { sink_ = {}; }

    void pass(Duration span) { now_ += span; }
    void run_timeout() {
        role_.handle_timeout(now_, sink_);
        check();
    }
    // To the next deadline, and what is due then.
    void run_next() {
        if (const auto deadline = role_.next_deadline()) {
            now_ = std::max(now_, *deadline);
            run_timeout();
        }
    }
    void receive(Endpoint from,
                 Bytes bytes,
                 teredo::ServiceSocket socket = teredo::ServiceSocket::kPrimary) {
        role_.handle_datagram(now_, {from, bytes, socket}, sink_);
        check();
    }
    void send(Bytes packet) {
        role_.handle_packet(now_, packet, sink_);
        check();
    }
    template <typename Settings>
    void apply(const Settings& settings) {
        role_.apply(now_, settings, sink_);
        check();
    }
    void requalify() {
        role_.requalify(now_, sink_);
        check();
    }

    void open_port() {
        role_.handle_secondary_port(now_, sink_);
        check();
    }

    // Nothing waits longer than eight seconds, whatever there was.
    void finish() {
        const Instant end = now_ + std::chrono::seconds{9};
        constexpr int kEnough = 1000;
        for (int i = 0; role_.status().queued_bytes != 0; ++i) {
            EXPECT_HOLDS(i < kEnough && now_ <= end);
            run_next();
        }
    }

  private:
    void check() const {
        if (const auto& violation = role_.violation()) {
            fail("invariant", 0, violation->invariant, violation->what);
        }
    }

    Instant now_ = Instant{std::chrono::hours{1000}};
    SequenceRandom random_;
    Sink sink_;
    invariants::Watched<R> role_;
};

// Equal input, equal output: `run(input)` gives the hash of all that a role put out. The second run
// costs as much as the first, so only some inputs ask for it.
template <typename Run>
void run_repeatably(Bytes input, Run run) {
    const std::uint64_t hash = run(input);
    if (!input.empty() && input.front() >= std::byte{0xF0}) {
        EXPECT_HOLDS(run(input) == hash);
    }
}

}  // namespace miredo::fuzz
