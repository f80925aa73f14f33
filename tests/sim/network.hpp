// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The simulated Internet: hosts, NATs and links around one core, in virtual time. IPv4 carries UDP
// between hosts, through the NATs they are behind, and by multicast between those behind one NAT,
// which are on one link (224.0.0.0/24: no router passes it on). Native IPv6 is routed by prefix. A
// run is determined by its inputs: one seed, one run, one trace_hash(). Everything that was sent is
// kept with what became of it, unless set_keeping(false).
//
// A source address is whatever the sender says: spoofing needs nothing special.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "base/ipv6_address.hpp"
#include "sim/event_queue.hpp"
#include "sim/host.hpp"
#include "sim/line.hpp"
#include "sim/link.hpp"
#include "sim/nat.hpp"
#include "sim/observer.hpp"
#include "sim/trace_hash.hpp"
#include "sim/transmission.hpp"
#include "sim/virtual_clock.hpp"

namespace miredo::sim {

class Network {
  public:
    // `seed` is of what the links do by chance; each link has a sequence of its own.
    explicit Network(std::uint64_t seed = 1) : seed_{seed} {}

    // `host` gets the addresses; with `nat` they are internal, and the external addresses of the
    // NAT and of those around it get known. Hosts and NATs must outlive the network's last run, or
    // be detached (hosts).
    void
    attach(Host& host, const std::vector<Ipv4Address>& addresses, Link link, Nat* nat = nullptr);
    // The host is gone: nothing reaches it, and its addresses and routes are free.
    void detach(const Host& host);
    // Native IPv6 packets to `prefix` go to `host`; the longest prefix wins.
    void route(const Ipv6Prefix& prefix, Host& host);

    // A host that is not connected neither sends nor receives.
    void set_connected(const Host& host, bool is_connected);
    // A host that is suspended isn't called at all; datagrams to it end as Fate::kDisconnected.
    void set_suspended(const Host& host, bool is_suspended);
    // From now on; what is on its way stays as it was.
    void set_link(const Host& host, const Link& link);
    [[nodiscard]] const Link& link_of(const Host& host) const;
    // nullptr for none.
    [[nodiscard]] Nat* nat_of(const Host& host) const;
    // The NAT restarts with another address (Nat::renumber).
    void renumber(Nat& nat, Ipv4Address external);

    // For hosts: what they send leaves now.
    void send(const Host& sender, Endpoint source, Endpoint to, Bytes bytes);
    void send_ipv6(const Host& sender, Bytes packet);
    void schedule(Duration after, EventQueue::Action action);
    // The same, unless `host` is detached by then.
    void schedule_for(const Host& host, Duration after, EventQueue::Action action);
    // The host's next_deadline() may have changed other than in its own handlers, while the network
    // runs. Between runs, and in scheduled actions, nobody needs to say so.
    void wake(const Host& host);

    [[nodiscard]] Instant now() const { return clock_.now(); }
    void run_for(Duration duration);
    // True as soon as `predicate` holds, false when `limit` is over and it does not.
    [[nodiscard]] bool run_until(const std::function<bool()>& predicate, Duration limit);

    // Must outlive the network's last run.
    void add_observer(Observer& observer) { observers_.push_back(&observer); }
    // Whether transmissions() and native_transmissions() grow. What they hold already stays.
    void set_keeping(bool is_keeping) { is_keeping_ = is_keeping; }

    // What hosts have sent, in order, one for each send(): `fate` is that of the datagram itself,
    // not of its duplicates, which only observers see.
    [[nodiscard]] const std::vector<Transmission>& transmissions() const { return transmissions_; }
    [[nodiscard]] const std::vector<NativeTransmission>& native_transmissions() const {
        return native_transmissions_;
    }
    // Of every datagram and native packet that has come to its end so far.
    [[nodiscard]] std::uint64_t trace_hash() const { return trace_hash_.value(); }
    // Datagrams and native packets sent, duplicates not counted.
    [[nodiscard]] std::uint64_t sent_count() const { return sent_count_; }

  private:
    static constexpr std::size_t kNotKept = static_cast<std::size_t>(-1);

    struct Attachment {
        Host* host = nullptr;  // nullptr once detached
        std::vector<Ipv4Address> addresses;
        Link link;
        Nat* nat = nullptr;
        Line outbound;
        Line inbound;
        bool is_connected = true;
        bool is_suspended = false;
    };
    struct Route {
        Ipv6Prefix prefix;
        std::size_t attachment = 0;
    };
    // Where an address belongs to: the core (nullptr) or the inside of a NAT.
    struct Place {
        const Nat* inside = nullptr;
        Ipv4Address address;
        friend bool operator==(const Place&, const Place&) = default;
    };
    struct PlaceHash {
        std::size_t operator()(const Place& place) const;
    };
    // Who has an address: a host, or a NAT with its outside there.
    struct Owner {
        std::size_t attachment = 0;
        Nat* nat = nullptr;
    };
    // The values are the bits of Transmission::copy.
    enum class Direction : std::uint8_t { kOutbound = 1, kInbound = 2 };
    static constexpr std::uint8_t kMulticastCopy = 4;
    // A datagram, or a copy of one, on its way.
    struct Flight {
        Transmission datagram;
        std::size_t kept = kNotKept;
        std::size_t from_attachment = 0;
        std::size_t to_attachment = 0;
        Endpoint from;  // as the receiver sees it
        Endpoint to;
    };
    struct NativeFlight {
        NativeTransmission packet;
        std::size_t kept = kNotKept;
        std::size_t from_attachment = 0;
        std::size_t to_attachment = 0;
    };

    [[nodiscard]] bool step(Instant limit);
    void run_timeout(std::size_t index);
    void refresh_deadline(std::size_t index);
    void refresh_deadlines();

    [[nodiscard]] std::size_t take_slot();
    void pass(std::size_t slot, std::size_t attachment_index, Direction direction);
    void cross(std::size_t slot);
    void spread(std::size_t slot);
    [[nodiscard]] Fate climb(Flight& flight);
    [[nodiscard]] Fate hairpin(Nat& nat, Endpoint internal, Flight& flight);
    [[nodiscard]] Fate descend(const Nat* inside, Flight& flight);
    void deliver(std::size_t slot);
    void end(std::size_t slot, Fate fate);
    void pass_native(NativeFlight flight, Direction direction);
    void cross_native(NativeFlight flight);
    void deliver_native(NativeFlight flight);
    void end_native(NativeFlight& flight, Fate fate);

    void add_nat(Nat& nat);
    [[nodiscard]] const Owner* owner_of(const Nat* inside, Ipv4Address address) const;
    [[nodiscard]] std::size_t index_of(const Host& host) const;

    VirtualClock clock_;
    EventQueue queue_;
    std::uint64_t seed_;
    std::deque<Attachment> attachments_;
    std::vector<Instant> deadlines_;  // of the attachments; Instant::max() for never
    std::unordered_map<const Host*, std::size_t> by_host_;
    std::unordered_map<Place, Owner, PlaceHash> owners_;
    std::vector<Route> routes_;
    std::deque<Flight> flights_;
    std::vector<std::size_t> free_slots_;
    std::vector<Observer*> observers_;
    bool is_keeping_ = true;
    std::vector<Transmission> transmissions_;
    std::vector<NativeTransmission> native_transmissions_;
    TraceHash trace_hash_;
    std::uint64_t sent_count_ = 0;
    std::uint32_t timeouts_in_place_ = 0;
};

}  // namespace miredo::sim
