// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The Teredo client (RFC 4380 §5.2, RFC 5991, and RFC 6081 §5.2 symmetric NAT support).
#pragma once

#include <optional>
#include <vector>

#include "base/random_source.hpp"
#include "teredo/connectivity_test.hpp"
#include "teredo/error_sender.hpp"
#include "teredo/held_packets.hpp"
#include "teredo/hole_punching.hpp"
#include "teredo/interval_determination.hpp"
#include "teredo/local_discovery.hpp"
#include "teredo/output.hpp"
#include "teredo/peers.hpp"
#include "teredo/qualification.hpp"
#include "teredo/settings.hpp"
#include "teredo/status.hpp"
#include "teredo/target_rules.hpp"
#include "wire/icmpv6.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"
#include "wire/trailers.hpp"

namespace miredo::teredo {

class Client final {
  public:
    // `random` must outlive the client. Nothing is sent before the first handle_timeout(), which is
    // due at once.
    Client(ClientSettings settings, RandomSource& random, Instant now);
    ~Client() = default;
    Client(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(const Client&) = delete;
    Client& operator=(Client&&) = delete;

    void handle_datagram(Instant now, const Datagram& datagram, Output& output);
    void handle_packet(Instant now, Bytes packet, Output& output);
    void handle_timeout(Instant now, Output& output);
    // When handle_timeout() wants to be called; nothing is never.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // New settings in place. Another server starts qualification over (the address is lost); equal
    // settings do nothing at all. Another max_peers makes an empty list of peers.
    void apply(Instant now, ClientSettings settings, Output& output);
    // The port that SecondaryPortNeeded asked for is open: datagrams for ServiceSocket::kSecondary
    // leave by it and what comes to it is handed in as such. Where it can't be opened this is not
    // called, and the refresh interval stays as it is.
    void handle_secondary_port(Instant now, Output& output);
    // Asks the server at once: something in the network has changed.
    void requalify(Instant now, Output& output);

    [[nodiscard]] ClientStatus status() const;
    // Peers::list().
    [[nodiscard]] std::uint32_t list_peers(Instant now,
                                           std::uint32_t from,
                                           std::uint32_t slots,
                                           std::vector<PeerStatus>& peers) const {
        return peers_.list(now, from, slots, peers);
    }
    [[nodiscard]] const Counters& counters() const { return counters_; }

  private:
    // A datagram past the preliminary checks of RFC 4380 §5.2.3.
    struct Received {
        Endpoint from;
        wire::TeredoDatagram datagram;
        std::optional<std::uint32_t> nonce;  // of a Nonce trailer
        Ipv6Address source;
        std::optional<wire::TeredoAddress> teredo_source;
        // A bubble to the cookie that we sent this peer.
        bool has_cookie = false;

        [[nodiscard]] const wire::Ipv6Packet& packet() const { return datagram.packet; }
    };

    // client_sending.cpp: RFC 4380 §5.2.4.
    void send(Instant now, const wire::Ipv6Packet& packet, Output& output);
    void send_to_teredo(Instant now,
                        const wire::Ipv6Packet& packet,
                        const wire::TeredoAddress& destination,
                        Output& output);
    // `peer` is nullptr where the table has no room for it.
    void send_when_proven(Instant now, Peer* peer, const wire::Ipv6Packet& packet, Output& output);
    [[nodiscard]] bool attempt(Instant now, Peer& peer, Output& output);
    void repeat_attempt(Instant now, Peer& peer, Output& output);
    void give_up(Instant now, Peer& peer, Output& output);
    void refuse(
        Instant now, DropReason reason, wire::UnreachableCode code, Bytes packet, Output& output);

    // client_receiving.cpp: RFC 4380 §5.2.3.
    [[nodiscard]] Result<Received, DropReason> parse(Instant now, const Datagram& datagram);
    [[nodiscard]] bool has_cookie(Instant now, Endpoint from, const wire::Ipv6Packet& packet);
    [[nodiscard]] std::optional<DropReason> check(const Received& received) const;
    [[nodiscard]] bool is_advertisement(const Received& received) const;
    void receive_advertisement(Instant now, const Received& received, Output& output);
    void receive_from_server(Instant now, const Received& received, Output& output);
    [[nodiscard]] std::optional<DropReason>
    answer_indirect(Instant now, const Received& received, Output& output);
    void receive_from_peer(Instant now, const Received& received, Output& output);
    void receive_from_teredo(Instant now, const Received& received, Peer* peer, Output& output);
    void accept(Instant now, const Received& received, Peer& peer, Output& output);
    [[nodiscard]] bool
    receive_test_reply(Instant now, const Received& received, Peer* peer, Output& output);
    void hold(Instant now, const Received& received, Endpoint relay, Output& output);
    void release_held(const Ipv6Address& source, Endpoint relay, Output& output);
    void deliver(const wire::Ipv6Packet& packet, Output& output);
    void consume() { ++counters_.consumed; }

    // client_procedures.cpp: RFC 4380 §5.2.7 and §5.2.8.
    void begin_procedures(Instant now, Output& output);
    void run_procedures(Instant now, Output& output);
    void receive_elsewhere(Instant now, const Datagram& datagram, Output& output);
    [[nodiscard]] std::optional<DropReason>
    receive_on_secondary_port(Instant now, const Received& received, Output& output);
    [[nodiscard]] std::optional<DropReason>
    receive_discovery(Instant now, const Received& received, Output& output);
    [[nodiscard]] std::optional<Endpoint> local_target(Instant now, const Peer& peer) const;
    [[nodiscard]] BubbleResult
    attempt_locally(Instant now, Peer& peer, Endpoint target, Output& output);

    // The peer of a Teredo address, whose mapping is the one in it until a better one is proven.
    // nullptr where the table has no room.
    [[nodiscard]] Peer* obtain_teredo(Instant now, const Ipv6Address& address, Endpoint mapping);

    void apply_surroundings(const ClientSettings& before);
    // What follows from another address of our own, or from its loss.
    void take_over_address(Instant now, Output& output);
    [[nodiscard]] ConnectivityTest::Self self() const {
        return {*qualification_.address(), qualification_.server()};
    }

    ClientSettings settings_;
    RandomSource& random_;
    Counters counters_;
    TargetRules rules_;
    Qualification qualification_;
    Peers peers_;
    HolePunching hole_punching_;
    ConnectivityTest connectivity_test_;
    HeldPackets held_;
    IntervalDetermination determination_;
    LocalDiscovery discovery_;
    ErrorSender errors_;
};
static_assert(Role<Client>);

}  // namespace miredo::teredo
