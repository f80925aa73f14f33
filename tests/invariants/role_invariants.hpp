// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What must hold for a client, relay or server after every single event, told from its inputs and
// outputs alone. Nothing here looks into a role, and the tables and budgets are written a second
// time, so that a wrong one in the engine is seen. The numbers are those of the safety invariants:
//
//   S1   what goes to the host is whole IPv6, to an address it serves, from a source that can be
//        and that was shown to be where it came from
//   S2   datagrams go to usable addresses, and data only to who was heard less than 30 s ago
//   S3   attempts: two seconds apart, four without an answer (bubbles: in 300 s, tests: in 30 s)
//   S4   little is sent because of input that nobody vouches for: reactions are few, small, and
//        limited per second
//   S5   the address changes by an advertisement that answers a nonce under way, once
//   S6   one datagram causes two at most (a server: one); nothing is sent twice or made up
//   S7   peers and queues are bounded
//   S8   friends heard of late are not pushed out
//   S9   at most one address, none while there is no mapping
//   S10  packets of one peer keep their order
//   S13  hop limits as each role has to leave them; ICMPv6 errors are limited, and about packets of
//        the host that deserve one
//   S14  whatever is under way has its deadline, and a deadline that was served is over
//   S15  bounded work for one event
//   S16  every packet has exactly one fate, and the counters say what was done
//   S18  settings that are the same change nothing
//
// Use it through Watched<Role> (invariants/watched.hpp), or by hand: begin_…() with the input, hand
// this as the role's output (it passes everything on), then check() with what the role tells.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "invariants/peer_model.hpp"
#include "invariants/turn.hpp"
#include "invariants/waiting_packets.hpp"
#include "teredo/output.hpp"
#include "teredo/settings.hpp"
#include "teredo/status.hpp"

namespace miredo::invariants {

// What the role says of itself after a turn.
struct RoleView {
    const teredo::Counters& counters;
    std::optional<Instant> next_deadline;
    // One of the two for a client or relay, none for a server.
    const teredo::ClientStatus* client = nullptr;
    const teredo::RelayStatus* relay = nullptr;
    // Every peer (list_peers()); needed only where wants_peers() says so.
    std::optional<std::span<const teredo::PeerStatus>> peers = std::nullopt;
};

class RoleInvariants final : public teredo::Output {
  public:
    using Settings =
        std::variant<teredo::ClientSettings, teredo::RelaySettings, teredo::ServerSettings>;

    // The role was just made with these settings.
    explicit RoleInvariants(Settings settings);
    RoleInvariants(const RoleInvariants&) = delete;
    RoleInvariants(RoleInvariants&&) = delete;
    RoleInvariants& operator=(const RoleInvariants&) = delete;
    RoleInvariants& operator=(RoleInvariants&&) = delete;
    // What the role dropped is recorded (invariants/drop_record.hpp).
    ~RoleInvariants();

    // Each begins a turn. `next` gets everything that the role puts out until check(); the input's
    // bytes must live as long.
    void begin_datagram(Instant now, const teredo::Datagram& datagram, teredo::Output& next);
    void begin_packet(Instant now, Bytes packet, teredo::Output& next);
    void begin_timeout(Instant now, teredo::Output& next);
    void begin_settings(Instant now, Settings settings, teredo::Output& next);
    void begin_requalify(Instant now, teredo::Output& next);
    void begin_secondary_port(Instant now, teredo::Output& next);

    // True where check() wants the peers for what it was told (`view` without them).
    [[nodiscard]] bool wants_peers(const RoleView& view) const;
    // Ends the turn: what was violated first, in this turn or an earlier one.
    [[nodiscard]] const std::optional<Violation>& check(const RoleView& view);
    [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }

    void forward_to_udp(Endpoint to, Bytes packet) override;
    void forward_to_ipv6(Bytes packet) override;
    void send(teredo::ServiceSocket socket, Endpoint to, Bytes datagram) override;
    void inject(Bytes packet) override;
    void notify(const teredo::Event& event) override;

  private:
    struct SolicitationNonce {
        std::uint64_t nonce = 0;
        Endpoint server;
        Instant sent_at;
    };

    void begin(TurnKind kind, Instant now, teredo::Output& next);
    void require(bool holds, std::string_view invariant, std::string_view what);
    [[nodiscard]] const teredo::ClientSettings* client() const {
        return std::get_if<teredo::ClientSettings>(&settings_);
    }
    [[nodiscard]] const teredo::RelaySettings* relay() const {
        return std::get_if<teredo::RelaySettings>(&settings_);
    }
    [[nodiscard]] const teredo::ServerSettings* server() const {
        return std::get_if<teredo::ServerSettings>(&settings_);
    }
    [[nodiscard]] const teredo::Surroundings& surroundings() const;
    [[nodiscard]] const Ipv6Prefix& prefix() const;
    [[nodiscard]] bool is_own_server(Endpoint endpoint, bool also_secondary = true) const;

    // role_invariants.cpp
    void note_attempt(const Ipv6Address& peer, Duration window);
    void check_target(Endpoint to);
    [[nodiscard]] bool is_on_link(Endpoint endpoint) const;
    void check_bubble(Endpoint to, const wire::TeredoDatagram& bubble);
    void check_indirect_bubble(const wire::TeredoDatagram& bubble);
    void check_error(const wire::Ipv6Packet& error);
    void check_work();
    void check_fates(const RoleView& view);
    void check_bounds(const RoleView& view);
    void check_deadline(const RoleView& view);
    void check_peers(const RoleView& view);
    void learn(const RoleView& view);
    [[nodiscard]] bool was_accepted(const RoleView& view);

    // client_rules.cpp
    void check_client_datagram(teredo::ServiceSocket socket, Endpoint to, Bytes datagram);
    void check_solicitation(teredo::ServiceSocket socket,
                            Endpoint to,
                            const wire::TeredoDatagram& solicitation);
    void check_test(Endpoint to, const wire::Ipv6Packet& request);
    void check_client_reception(const wire::Ipv6Packet& packet);
    void check_released(const wire::Ipv6Packet& packet);
    void check_client_event(const teredo::Event& event);
    void check_learnt(const teredo::AddressLearnt& learnt);
    [[nodiscard]] bool take_nonce(bool of_primary);
    void check_client_status(const teredo::ClientStatus& status);

    // relay_rules.cpp
    void check_relay_datagram(Endpoint to, Bytes datagram);
    void check_relay_reception(const wire::Ipv6Packet& packet);
    [[nodiscard]] bool is_served(const Ipv6Address& destination) const;

    // server_rules.cpp
    void check_server_datagram(teredo::ServiceSocket socket, Endpoint to, Bytes datagram);
    void check_advertisement(teredo::ServiceSocket socket,
                             Endpoint to,
                             const wire::TeredoDatagram& advertisement);
    void check_forwarded(teredo::ServiceSocket socket,
                         Endpoint to,
                         const wire::TeredoDatagram& forwarded);
    void check_native(Bytes packet);

    Settings settings_;
    std::optional<Violation> violation_;
    teredo::Output* next_ = nullptr;
    Turn turn_;

    PeerModel peers_;
    WaitingPackets pending_;  // packets of the host
    WaitingPackets held_;     // client: received packets, for a test's answer
    std::deque<SolicitationNonce> nonces_;
    std::optional<Ipv6Address> address_;  // client: as it announced it
    std::optional<Endpoint> mapped_;
    RateCheck errors_;
    RateCheck tests_;
    RateCheck answers_;
    RateCheck attempts_;

    teredo::Counters before_;
    std::uint64_t dropped_ = 0;  // for whatever reason
    std::uint64_t dropped_before_ = 0;
    std::uint32_t peers_before_ = 0;
    std::uint32_t unproven_before_ = 0;
    std::uint32_t idle_timeouts_ = 0;  // in a row, at one time, with the deadline still due
    std::optional<Instant> started_;
};

}  // namespace miredo::invariants
