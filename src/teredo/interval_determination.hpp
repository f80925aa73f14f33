// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The optional refresh interval determination procedure (RFC 4380 §5.2.7): on a port of its own,
// which carries nothing else, it finds out how long the NAT keeps a binding that is not used.
//
//   kIdle ─ start ─► kOpening ─ port ─► kQualifying ─ answer ─► kWaiting ─ candidate elapsed ─┐
//     ▲                                     │ silence             ▲                           ▼
//     └──────────── concluded ◄─────────────┴── kMaintaining ─────┘ ◄── bubble or silence ──
//     kTesting
#pragma once

#include <cstdint>
#include <optional>

#include "base/random_source.hpp"
#include "teredo/drop_reason.hpp"
#include "teredo/output.hpp"
#include "teredo/settings.hpp"
#include "teredo/solicitation_nonces.hpp"
#include "teredo/solicitor.hpp"
#include "teredo/status.hpp"
#include "teredo/target_rules.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

class IntervalDetermination {
  public:
    // Who determines: the address on the service port, and its servers.
    struct Self {
        Ipv6Address address;
        ServerAddresses servers;
    };

    // `random` and `counters` must outlive this.
    IntervalDetermination(RandomSource& random, Counters& counters, const ClientSettings& settings);

    void apply(const ClientSettings& settings) { solicitor_.apply(settings); }

    // Begins, also in the middle of it: with the configured interval, and twice as much to be tried
    // next. Does nothing where that is so long already that nothing would be tried.
    void start(const Self& self, Duration interval, Output& output);
    void stop(Output& output);
    // The port asked for by SecondaryPortNeeded is open.
    void handle_open_port(Instant now, Output& output);

    void handle_timeout(Instant now, Output& output);
    [[nodiscard]] std::optional<Instant> next_deadline() const { return due_; }

    // What came to the secondary port. Why it is discarded; nothing where it did its work.
    [[nodiscard]] std::optional<DropReason> handle_datagram(Instant now,
                                                            Endpoint from,
                                                            const wire::TeredoDatagram& datagram,
                                                            const TargetRules& rules,
                                                            Output& output);

    [[nodiscard]] bool is_under_way() const { return state_ != State::kIdle; }
    // The longest interval that has been seen to hold; nothing before start().
    [[nodiscard]] std::optional<Duration> interval() const { return interval_; }

  private:
    enum class State : std::uint8_t {
        kIdle,
        kOpening,
        kQualifying,
        kWaiting,
        kTesting,
        kMaintaining,
    };

    void solicit(Instant now, Output& output);
    void send_bubble(Instant now, Output& output);
    void wait(Instant now);
    // A candidate has held, or has not (RFC 4380 §5.2.7, steps 4 to 6).
    void succeed(Instant now, Output& output);
    void fail(Instant now, Output& output);
    void go_on(Instant now, Output& output);
    [[nodiscard]] Duration next_candidate() const;
    [[nodiscard]] std::optional<DropReason> receive_advertisement(
        Instant now, Endpoint from, const wire::TeredoDatagram& datagram, const TargetRules& rules);

    RandomSource& random_;
    Counters& counters_;
    Solicitor solicitor_;

    State state_ = State::kIdle;
    Self self_;
    SolicitationNonces nonces_;
    std::optional<Ipv6Address> address_;  // of the secondary port
    std::optional<Duration> interval_;
    Duration maximum_{};
    Duration candidate_{};
    std::uint32_t tries_ = 0;  // solicitations or bubbles, without an answer
    std::optional<Instant> due_;
};

}  // namespace miredo::teredo
