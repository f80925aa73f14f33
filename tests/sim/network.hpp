// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The simulated Internet: hosts, NATs and links around one core, in virtual time. IPv4 carries UDP
// between hosts, through the NATs they are behind; native IPv6 is routed by prefix. Everything that
// was sent is kept, with what became of it. A run is determined by its inputs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "base/ipv6_address.hpp"
#include "sim/event_queue.hpp"
#include "sim/host.hpp"
#include "sim/link.hpp"
#include "sim/nat.hpp"
#include "sim/virtual_clock.hpp"

namespace miredo::sim {

enum class Fate : std::uint8_t {
    kInTransit,
    kDelivered,
    kFiltered,      // a NAT did not let it in
    kHairpin,       // to the external side of the sender's own NAT, which does not do that
    kNoRoute,       // nobody has the address
    kDisconnected,  // one of the two ends is cut off
};
[[nodiscard]] std::string_view to_string(Fate fate);

// A datagram as seen on the wire.
struct Transmission {
    const Host* sender = nullptr;
    Instant sent;
    Endpoint source;    // as the host sent it
    Endpoint external;  // as the core saw it, behind the sender's NAT
    Endpoint destination;
    Packet bytes;
    Fate fate = Fate::kInTransit;

    friend bool operator==(const Transmission&, const Transmission&) = default;
};

// An IPv6 packet as the native network saw it.
struct NativeTransmission {
    const Host* sender = nullptr;
    Instant sent;
    Packet bytes;
};

class Network {
  public:
    // `host` gets the addresses; with `nat` they are internal, and the NAT's external address gets
    // known. Hosts and NATs must outlive the network's last run.
    void
    attach(Host& host, const std::vector<Ipv4Address>& addresses, Link link, Nat* nat = nullptr);
    // Native IPv6 packets to `prefix` go to `host`; the longest prefix wins.
    void route(const Ipv6Prefix& prefix, Host& host);
    // A host that is not connected neither sends nor receives.
    void set_connected(const Host& host, bool is_connected);

    // For hosts: what they send leaves now.
    void send(const Host& sender, Endpoint source, Endpoint to, Bytes bytes);
    void send_ipv6(const Host& sender, Bytes packet);
    void schedule(Duration after, EventQueue::Action action);

    [[nodiscard]] Instant now() const { return clock_.now(); }
    void run_for(Duration duration);
    // True as soon as `predicate` holds, false when `limit` is over and it does not.
    [[nodiscard]] bool run_until(const std::function<bool()>& predicate, Duration limit);

    [[nodiscard]] const std::vector<Transmission>& transmissions() const { return transmissions_; }
    [[nodiscard]] const std::vector<NativeTransmission>& native_transmissions() const {
        return native_transmissions_;
    }

  private:
    struct Attachment {
        Host* host = nullptr;
        std::vector<Ipv4Address> addresses;
        Link link;
        Nat* nat = nullptr;
        bool is_connected = true;
    };
    struct Route {
        Ipv6Prefix prefix;
        Host* host = nullptr;
    };

    [[nodiscard]] bool step(Instant limit);
    void run_timeout(Attachment& attachment);
    void cross_core(std::size_t index);
    void deliver(std::size_t index, Host& host, Endpoint to);
    [[nodiscard]] Attachment& attachment_of(const Host& host);
    [[nodiscard]] Attachment* find(Ipv4Address address, const Nat* behind);
    [[nodiscard]] Attachment* find_behind(Ipv4Address external);

    VirtualClock clock_;
    EventQueue queue_;
    std::vector<Attachment> attachments_;
    std::vector<Route> routes_;
    std::vector<Transmission> transmissions_;
    std::vector<NativeTransmission> native_transmissions_;
    std::uint32_t timeouts_in_place_ = 0;
};

}  // namespace miredo::sim
