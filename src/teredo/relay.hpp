// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The Teredo relay, also host-specific (RFC 4380 §5.4, RFC 5991, RFC 6081 §5.2).
#pragma once

#include <memory>
#include <optional>

#include "base/random_source.hpp"
#include "teredo/output.hpp"
#include "teredo/settings.hpp"
#include "teredo/status.hpp"

namespace miredo::teredo {

class Relay final {
  public:
    // `random` must outlive the relay.
    Relay(RelaySettings settings, RandomSource& random, Instant now);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    void handle_datagram(Instant now, const Datagram& datagram, Output& output);
    void handle_packet(Instant now, Bytes packet, Output& output);
    void handle_timeout(Instant now, Output& output);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // New settings in place; peers stay unless the prefix changes.
    void apply(Instant now, RelaySettings settings, Output& output);

    [[nodiscard]] RelayStatus status() const;
    [[nodiscard]] const Counters& counters() const;

  private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace miredo::teredo
