// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The Teredo server (RFC 4380 §5.3): stateless towards its clients.
#pragma once

#include <optional>

#include "base/random_source.hpp"
#include "teredo/output.hpp"
#include "teredo/settings.hpp"
#include "teredo/status.hpp"

namespace miredo::teredo {

class Server final {
  public:
    // `random` seeds the keys of the limiters; it must outlive the server.
    Server(ServerSettings settings, RandomSource& random, Instant now);

    void handle_datagram(Instant now, const Datagram& datagram, Output& output);
    void handle_packet(Instant now, Bytes packet, Output& output);
    void handle_timeout(Instant now, Output& output);
    [[nodiscard]] std::optional<Instant> next_deadline() const;  // never: nothing times out

    void apply(Instant now, ServerSettings settings, Output& output);

    [[nodiscard]] ServerStatus status() const;
    [[nodiscard]] const Counters& counters() const;
};

}  // namespace miredo::teredo
