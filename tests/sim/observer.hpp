// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Whoever wants to see what crosses the simulated Internet while it runs: invariants, captures,
// counts. What is handed over is borrowed for the call; an observer changes nothing and sends
// nothing.
#pragma once

#include "sim/transmission.hpp"

namespace miredo::sim {

// Who got a datagram, and from whom to whom it was there.
struct Delivery {
    const Host* receiver = nullptr;
    Endpoint from;
    Endpoint to;  // one of the receiver's own addresses
};

class Observer {
  public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer(Observer&&) = delete;
    Observer& operator=(const Observer&) = delete;
    Observer& operator=(Observer&&) = delete;
    virtual ~Observer() = default;

    // A host sends: once for each datagram, in any case the first that is heard of it.
    virtual void on_sent(Instant /*now*/, const Transmission& /*datagram*/) {}
    // The core sees a datagram or a duplicate, behind the sender's NATs and before the receiver's;
    // not what stays behind one NAT, and not what has no way there.
    virtual void on_core(Instant /*now*/, const Transmission& /*datagram*/) {}
    // A datagram or a duplicate has come to its end, `fate`. `delivery` is nullptr unless it is
    // delivered, which happens right after the call.
    virtual void
    on_end(Instant /*now*/, const Transmission& /*datagram*/, const Delivery* /*delivery*/) {}

    // The same for native IPv6 packets. `receiver` is nullptr unless it is delivered.
    virtual void on_native_sent(Instant /*now*/, const NativeTransmission& /*packet*/) {}
    virtual void on_native_core(Instant /*now*/, const NativeTransmission& /*packet*/) {}
    virtual void on_native_end(Instant /*now*/,
                               const NativeTransmission& /*packet*/,
                               const Host* /*receiver*/) {}
};

}  // namespace miredo::sim
