// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The Teredo server (RFC 4380 §5.3): stateless towards its clients.
#pragma once

#include <optional>

#include "base/random_source.hpp"
#include "teredo/output.hpp"
#include "teredo/server_authentication.hpp"
#include "teredo/server_limits.hpp"
#include "teredo/settings.hpp"
#include "teredo/status.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

class Server final {
  public:
    // `random` seeds the keys of the limiters; it must outlive the server.
    Server(ServerSettings settings, RandomSource& random, Instant now);

    void handle_datagram(Instant now, const Datagram& datagram, Output& output);
    void handle_packet(Instant now, Bytes packet, Output& output);
    void handle_timeout(Instant now, Output& output);
    [[nodiscard]] std::optional<Instant> next_deadline() const;  // never: nothing times out

    // New settings in place; the limits go on where they are.
    void apply(Instant now, ServerSettings settings, Output& output);

    [[nodiscard]] ServerStatus status() const;
    [[nodiscard]] const Counters& counters() const;

  private:
    // Why a datagram is discarded; nothing where it did what it came for.
    using Refusal = std::optional<DropReason>;

    struct Reception {
        Instant now;
        Endpoint from;
        ServiceSocket socket;
        const wire::TeredoDatagram& teredo;
        Output& output;
    };

    [[nodiscard]] Refusal receive(Instant now, const Datagram& datagram, Output& output);
    [[nodiscard]] Refusal check_outer(const Reception& reception) const;
    [[nodiscard]] Refusal answer_solicitation(const Reception& reception);
    [[nodiscard]] Refusal forward(const Reception& reception);
    [[nodiscard]] Refusal check_source(const Reception& reception,
                                       const std::optional<wire::TeredoAddress>& source,
                                       const std::optional<wire::TeredoAddress>& target) const;
    [[nodiscard]] Refusal forward_to_client(const Reception& reception,
                                            const wire::TeredoAddress& target);
    [[nodiscard]] Refusal forward_to_native(const Reception& reception,
                                            const wire::TeredoAddress& source);
    [[nodiscard]] bool is_own(Ipv4Address address) const;
    [[nodiscard]] bool is_forwardable(const Ipv6Address& destination) const;
    void count_cut_trailers(const wire::TeredoDatagram& teredo, std::size_t kept);

    ServerSettings settings_;
    Ipv6Address link_local_;
    wire::RouterAdvertisementTemplate advertisement_;
    ServerAuthentication authentication_;
    ServerLimits limits_;
    Counters counters_;
};

}  // namespace miredo::teredo
