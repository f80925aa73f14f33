// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Comes onto the system bus as org.miredo.Miredo1. What that takes may block as long as the bus
// likes (connecting, authentication, the name), so a thread of its own does it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <variant>

#include <sdbus-c++/sdbus-c++.h>
#include <systemd/sd-event.h>

#include "base/error.hpp"

namespace miredo::bus {

// It has the name. What it was asked meanwhile it has not read yet.
using Connection = std::unique_ptr<sdbus::IConnection>;
// No bus, or it refuses us: worth another try later.
struct NoBus {
    Error error;
};
// The name is another process's, and that is who ought to have it.
struct NameTaken {
    std::uint32_t owner_pid = 0;  // 0: not known
};
using Outcome = std::variant<NoBus, NameTaken, Connection>;

// Does what the connector's thread does, in this one.
[[nodiscard]] Outcome connect_to_system_bus();

class Connector {
  public:
    using Done = std::function<void(Outcome)>;

    // `done` is called from `loop`.
    [[nodiscard]] static Expected<std::unique_ptr<Connector>> create(sd_event* loop, Done done);
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;
    Connector(Connector&&) = delete;
    Connector& operator=(Connector&&) = delete;
    // A try that has not ended is left alone: its thread ends when the bus lets it.
    ~Connector();

    // One at a time.
    void begin();
    // Calls `done` in here where the try ends within `limit`.
    void wait(std::chrono::milliseconds limit);

  private:
    struct Try;
    explicit Connector(Done done);
    [[nodiscard]] Expected<void> watch(sd_event* loop);
    void end_try();

    Done done_;
    std::shared_ptr<Try> try_;
    std::thread thread_;
    sd_event_source* source_ = nullptr;
};

}  // namespace miredo::bus
