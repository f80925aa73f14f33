// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// How a client gets and keeps its address (RFC 4380 §5.2.1 and §5.2.5, without the cone phase as of
// RFC 5991 §3.2): solicitations, advertisements, the server's loss, the NAT's type.
//
//   kQualifying ── advertisement ──► kQualified ── three unanswered ──► kDegraded
//        ▲                              ▲   advertisement ◄───────────────┤
//        └────────────────────────── five minutes ────────────────────────┘
#pragma once

#include <cstdint>
#include <optional>

#include "base/random_source.hpp"
#include "base/result.hpp"
#include "teredo/drop_reason.hpp"
#include "teredo/output.hpp"
#include "teredo/settings.hpp"
#include "teredo/solicitation_nonces.hpp"
#include "teredo/solicitor.hpp"
#include "teredo/status.hpp"
#include "teredo/target_rules.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::teredo {

class Qualification {
  public:
    // Whether our address is another one than before (or gone): nothing learnt under the old one
    // holds any more.
    enum class AddressChange : bool { kSame, kChanged };

    // `random` and `counters` must outlive this. The first solicitation is due at once.
    Qualification(RandomSource& random,
                  Counters& counters,
                  const ClientSettings& settings,
                  Instant now);

    // New server addresses or another secret. Another primary server: qualification starts over, at
    // once.
    AddressChange apply(Instant now, const ClientSettings& settings, Output& output);
    // Solicits now, with the shortest gaps.
    void requalify(Instant now, Output& output);

    AddressChange handle_timeout(Instant now, Output& output);
    [[nodiscard]] Instant next_deadline() const;

    // A Router Advertisement, accepted or refused for a reason. `rules` says which origins may be.
    [[nodiscard]] Result<AddressChange, DropReason>
    handle_advertisement(Instant now,
                         Endpoint from,
                         const wire::TeredoDatagram& datagram,
                         const TargetRules& rules,
                         Output& output);
    // What maintenance goes by from now on: what was configured, or determined.
    void use_refresh_interval(Duration interval);

    // Any other valid packet from the server: it postpones the next solicitation (RFC 4380 §5.2.3).
    void handle_server_packet(Instant now);

    [[nodiscard]] const std::optional<Ipv6Address>& address() const { return address_; }
    [[nodiscard]] const std::optional<Endpoint>& mapped() const { return mapped_; }
    // With the secondary that is asked where none is configured: the primary's address plus one.
    [[nodiscard]] const std::optional<ServerAddresses>& servers() const { return servers_; }
    // Where the primary listens; only while there is a server.
    [[nodiscard]] Endpoint server() const { return {servers_->primary, wire::kTeredoPort}; }
    [[nodiscard]] bool is_server(Endpoint endpoint) const;
    void describe(ClientStatus& status) const;

  private:
    AddressChange accept_primary(Instant now, const Advertised& advertised, Output& output);
    void accept_secondary(const Advertised& advertised, Output& output);
    void learn_address(Endpoint mapped);

    void solicit(Instant now, Output& output);
    void solicit_secondary(Instant now, Output& output);
    void note_silence(Instant now, Output& output);
    AddressChange lose_address(Output& output);
    void start_over(Instant now);

    void set_state(ClientState state, StateReason reason, Output& output);
    void set_state(ClientState state, StateReason reason, bool is_key_outdated, Output& output);
    void learn_nat_type(NatType type, Output& output);
    void announce_address(Output& output) const;
    [[nodiscard]] Duration gap_after(std::uint32_t solicitations);
    void draw_refresh();

    RandomSource& random_;
    Solicitor solicitor_;
    std::optional<ServerAddresses> servers_;
    Duration refresh_interval_;

    ClientState state_ = ClientState::kQualifying;
    StateReason reason_ = StateReason::kNone;
    bool is_key_outdated_ = false;
    NatType nat_type_ = NatType::kUnknown;
    std::optional<Ipv6Address> address_;
    std::optional<Endpoint> mapped_;
    std::uint16_t mtu_ = wire::kMinimumMtu;

    // The address computed last, also after its loss: with the same server and mapping the twelve
    // random bits stay (RFC 5991 §3.1).
    std::optional<wire::TeredoAddress> last_;

    SolicitationNonces primary_nonces_;
    SolicitationNonces secondary_nonces_;
    std::uint32_t unanswered_ = 0;  // solicitations to the primary since its last answer
    std::uint32_t secondary_tries_ = 0;
    bool has_rejected_ = false;  // an answer with our nonce was not acceptable

    Instant next_solicitation_;
    std::optional<Instant> next_secondary_;
    std::optional<Instant> address_expiry_;  // while degraded
    Instant last_interaction_ = kNever;
    std::optional<Duration> server_rtt_;
    Duration refresh_{};  // 75 to 100 % of the interval
};

}  // namespace miredo::teredo
