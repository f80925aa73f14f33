// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The Teredo client (RFC 4380 §5.2, RFC 5991, and RFC 6081 §5.2 symmetric NAT support).
#pragma once

#include <memory>
#include <optional>

#include "base/random_source.hpp"
#include "teredo/output.hpp"
#include "teredo/settings.hpp"
#include "teredo/status.hpp"

namespace miredo::teredo {

class Client final {
  public:
    // `random` must outlive the client. Nothing is sent before the first handle_timeout(), which is
    // due at once.
    Client(ClientSettings settings, RandomSource& random, Instant now);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void handle_datagram(Instant now, const Datagram& datagram, Output& output);
    void handle_packet(Instant now, Bytes packet, Output& output);
    void handle_timeout(Instant now, Output& output);
    // When handle_timeout() wants to be called; nothing is never.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // New settings in place. Another server starts qualification over (the address is lost); equal
    // settings do nothing at all.
    void apply(Instant now, ClientSettings settings, Output& output);
    // Asks the server at once: something in the network has changed.
    void requalify(Instant now, Output& output);

    [[nodiscard]] ClientStatus status() const;
    [[nodiscard]] const Counters& counters() const;

  private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace miredo::teredo
