// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Asking a server and judging its answer (RFC 4380 §5.2.1, §5.2.2, RFC 4861 §6.1.2): what a
// solicitation looks like and which advertisements count, in plain and in secure qualification. Who
// is asked when is Qualification's business.
#pragma once

#include <cstdint>
#include <optional>

#include "base/random_source.hpp"
#include "base/result.hpp"
#include "teredo/drop_reason.hpp"
#include "teredo/output.hpp"
#include "teredo/settings.hpp"
#include "teredo/solicitation_nonces.hpp"
#include "teredo/status.hpp"
#include "teredo/target_rules.hpp"
#include "wire/secure_qualification.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

// What an advertisement says that passed every check.
struct Advertised {
    Endpoint origin;
    std::uint16_t mtu = wire::kMinimumMtu;
    // Confirmation byte: the server knows the key and asks for another one (RFC 4380 §5.2.2).
    bool is_key_outdated = false;
    Duration rtt{};
};

class Solicitor {
  public:
    // `random` and `counters` must outlive this.
    Solicitor(RandomSource& random, Counters& counters, const ClientSettings& settings);

    // Takes over a new secret; true where it is another one. Answers are judged by it from now on.
    bool apply(const ClientSettings& settings);

    // With a fresh nonce, which `nonces` remembers; in secure qualification with the identifier and
    // the authentication value.
    void send(Instant now,
              ServiceSocket socket,
              Ipv4Address server,
              SolicitationNonces& nonces,
              Output& output);

    // What a datagram with a Router Advertisement from `from` says. `nonces` are those of the
    // solicitations sent there; one that does not authenticate uses none of them up. `rules` says
    // which origins may be.
    [[nodiscard]] Result<Advertised, DropReason> judge(Instant now,
                                                       Endpoint from,
                                                       const wire::TeredoDatagram& datagram,
                                                       const ServerAddresses& servers,
                                                       SolicitationNonces& nonces,
                                                       const TargetRules& rules);

  private:
    [[nodiscard]] bool is_authentic(const wire::TeredoDatagram& datagram);

    RandomSource& random_;
    Counters& counters_;
    std::optional<SharedSecret> secret_;
    std::optional<wire::HmacSha1> mac_;  // as long as there is a secret
};

}  // namespace miredo::teredo
