// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A plan at work: its hosts, every role of them under watch, on a simulated Internet of their own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "invariants/watched.hpp"
#include "sim/native_host.hpp"
#include "sim/network.hpp"
#include "sim/seeded_random.hpp"
#include "sim/teredo_hosts.hpp"
#include "swarm/attacker.hpp"
#include "swarm/judge.hpp"
#include "swarm/network_rules.hpp"
#include "swarm/plan.hpp"

namespace miredo::swarm {

using ClientHost = sim::ClientHostOf<invariants::Watched<teredo::Client>>;
using RelayHost = sim::RelayHostOf<invariants::Watched<teredo::Relay>>;
using ServerHost = sim::ServerHostOf<invariants::Watched<teredo::Server>>;

// A place for a role: its host may be another one after a restart.
template <typename Host, typename Settings>
struct Place {
    std::string name;
    std::vector<Ipv4Address> addresses;
    sim::Sockets sockets;
    sim::Nat* nat = nullptr;
    Settings settings;
    sim::Link link;
    std::unique_ptr<Host> host;  // nullptr while it is down
};
struct Client : Place<ClientHost, teredo::ClientSettings> {
    bool is_suspended = false;
    Credential credential = Credential::kNone;
    std::vector<Ipv6Address> past_addresses;  // of hosts that are gone
    std::uint64_t turns = 0;                  // but those that neighbours on its link cause
    Instant address_since;
    // What the core saw of solicitations to the primary server, the latest ones.
    std::vector<std::pair<Instant, Endpoint>> mappings;
    std::set<Endpoint> targets;  // all that it has ever sent to
    // Where other clients were when it heard of them directly, the last time.
    std::map<const Client*, Endpoint> heard;

    // Up, awake, and with an address.
    [[nodiscard]] bool is_ready() const {
        return host && !is_suspended && host->address().has_value();
    }
};
using Relay = Place<RelayHost, teredo::RelaySettings>;
using Server = Place<ServerHost, teredo::ServerSettings>;

class World final : public sim::Observer {
  public:
    // Nothing has happened yet; `start` is how late it is (S11).
    World(const Plan& plan, Duration start);

    [[nodiscard]] sim::Network& network() { return network_; }
    [[nodiscard]] Judge& judge() { return judge_; }
    [[nodiscard]] const Plan& plan() const { return plan_; }
    [[nodiscard]] std::vector<Client>& clients() { return clients_; }
    [[nodiscard]] std::vector<Relay>& relays() { return relays_; }
    [[nodiscard]] std::vector<Server>& servers() { return servers_; }
    [[nodiscard]] std::vector<std::unique_ptr<sim::NativeHost>>& natives() { return natives_; }
    [[nodiscard]] const NetworkRules& rules() const { return rules_; }
    // The relay that native hosts use for clients of this server; nullptr for none.
    [[nodiscard]] const Relay* relay_for(std::size_t server) const;
    [[nodiscard]] static Ipv4Address server_address(std::size_t index);

    // The faults and the workload; false where something was violated.
    bool run_chaos();
    // No fault is left, and everybody is up.
    void heal();
    // False where something was violated, or is in the meantime.
    bool run_for(Duration duration);
    // As Network::run_until(), but that it also ends where something is violated.
    bool run_until(const std::function<bool()>& predicate, Duration limit);

    // Each ping of a run has a number of its own.
    [[nodiscard]] std::uint16_t next_sequence() { return ++sequence_; }

    // Which of the servers is the client's.
    [[nodiscard]] static std::size_t server_of(const Client& client);
    // The client gets an address from its server.
    [[nodiscard]] bool is_admitted(const Client& client) const;

    void on_sent(Instant now, const sim::Transmission& datagram) override;
    void on_core(Instant now, const sim::Transmission& datagram) override;
    void
    on_end(Instant now, const sim::Transmission& datagram, const sim::Delivery* delivery) override;

  private:
    void make_nats();
    void make_servers();
    void make_relays();
    void make_clients();
    void make_natives();
    void make_attackers();
    template <typename P>
    void start(P& place, RoleKind kind);
    template <typename P>
    void stop(P& place);
    template <typename P>
    void observe(P& place, RoleKind kind);
    void check_learnt(Client& client, const sim::RoleTurn& turn);
    void check_discovered(const Client& client, const sim::RoleTurn& turn);
    void check_answered(const Server& server, const sim::RoleTurn& turn);
    void set_up(Client& client, std::size_t index);
    void start_client(Client& client);
    void start_relay(Relay& relay);

    void perform(const Step& step);
    void perform_traffic(const Step& step);
    void perform_on_host(const Step& step);
    void ping_nowhere(const Step& step);
    void make_noise(Client& client);
    void cut(const Step& step);
    void restart_client(const Step& step);
    void suspend(const Step& step);
    void change_settings(const Step& step);
    void change_relay(const Step& step);
    void apply_same_settings();
    [[nodiscard]] std::size_t host_count() const;
    // By the index that steps use; `set` gets its link.
    void with_link(std::size_t index, const std::function<void(sim::Link&)>& change);
    [[nodiscard]] Ipv6Address nowhere(const Client& client);
    [[nodiscard]] Ipv4Address next_external();
    [[nodiscard]] Client* client_with(const sim::Host* host);

    const Plan& plan_;
    sim::Network network_;
    Judge judge_;
    NetworkRules rules_;
    sim::SeededRandom random_;
    std::vector<std::unique_ptr<sim::Nat>> nats_;
    std::vector<Client> clients_;
    std::vector<Relay> relays_;
    std::vector<Server> servers_;
    std::vector<std::unique_ptr<sim::NativeHost>> natives_;
    std::vector<sim::Link> native_links_;
    std::vector<std::unique_ptr<Attacker>> attackers_;
    std::vector<std::unique_ptr<sim::Host>> gone_;  // scheduled actions may still know them
    std::map<const sim::Host*, std::size_t> client_of_;
    std::map<const sim::Nat*, std::uint8_t> insiders_;
    std::uint32_t externals_ = 0;
    std::uint16_t sequence_ = 0;
};

}  // namespace miredo::swarm
