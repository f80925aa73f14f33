// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where a role puts its results, and what every role offers. The contract, in full:
//
// * Feed one input, let the role fill the output, then the next. An output only queues; it never
//   calls back into a role.
// * `now` never comes from inside. Between two inputs the caller asks next_deadline() and calls
//   handle_timeout() at that time or later; calling it early is harmless.
// * Bytes given to forward_*() are borrowed from the input: they stay valid until the caller
//   flushes the batch the input belongs to. Bytes given to send() and inject() are copied at once.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "teredo/event.hpp"

namespace miredo::teredo {

enum class ServiceSocket : std::uint8_t {
    kPrimary,  // all that a relay has
    // A server's second address; a client's secondary port, between SecondaryPortNeeded and
    // SecondaryPortDone (RFC 4380 §5.2.7).
    kSecondary,
    // A client's, to receive only: what came by multicast to 224.0.0.253, port 3544 (RFC 4380
    // §5.2.8). Nothing that came by unicast to that port is a datagram of this socket.
    kDiscovery,
};

// A datagram as it came from UDP.
struct Datagram {
    Endpoint from;
    Bytes bytes;
    ServiceSocket socket = ServiceSocket::kPrimary;
};

class Output {
  public:
    // A whole IPv6 packet to a peer, from the primary socket. Borrowed.
    virtual void forward_to_udp(Endpoint to, Bytes packet) = 0;
    // A whole IPv6 packet to the tunnel device. Borrowed.
    virtual void forward_to_ipv6(Bytes packet) = 0;
    // A datagram the role built or stored, at most 64 KiB. Copied.
    virtual void send(ServiceSocket socket, Endpoint to, Bytes datagram) = 0;
    // A packet the role built, changed or stored: to the tunnel device; a server's go to the native
    // IPv6 network. Copied.
    virtual void inject(Bytes packet) = 0;
    virtual void notify(const Event& event) = 0;

  protected:
    Output() = default;
    Output(const Output&) = default;
    Output(Output&&) = default;
    Output& operator=(const Output&) = default;
    Output& operator=(Output&&) = default;
    ~Output() = default;
};

// What a shard needs of a role. The server has no tunnel device: it discards what handle_packet()
// gives it, and nobody does.
template <typename T>
concept Role =
    requires(T& role, const T& view, Instant now, Datagram datagram, Bytes packet, Output& output) {
    role.handle_datagram(now, datagram, output);
    role.handle_packet(now, packet, output);
    role.handle_timeout(now, output);
    { view.next_deadline() } -> std::same_as<std::optional<Instant>>;
    { view.counters() } -> std::same_as<const Counters&>;
    view.status();
};

}  // namespace miredo::teredo
