// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A daemon on a private bus. The daemon's part runs in the test's own thread, whenever the test
// waits for something; clients that block run in threads or processes of their own meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sdbus-c++/sdbus-c++.h>
#include <systemd/sd-event.h>

#include <gtest/gtest.h>

#include "bus/serve.hpp"
#include "dbus/event_loop.hpp"
#include "dbus/sdbus.hpp"
#include "fakes.hpp"
#include "private_bus.hpp"
#include "statuses.hpp"

namespace miredo::bus {

struct CallResult {
    std::string error_name;  // empty: it succeeded
    std::string error_text;
};

// What `call` throws.
[[nodiscard]] CallResult result_of(const std::function<void()>& call);

class BusTest : public ::testing::Test {
  public:
    BusTest(const BusTest&) = delete;
    BusTest& operator=(const BusTest&) = delete;
    BusTest(BusTest&&) = delete;
    BusTest& operator=(BusTest&&) = delete;

  protected:
    BusTest();
    ~BusTest() override;

    void serve();
    // Starts bus and daemon.
    void SetUp() override;

    // Runs the daemon's loop until `condition` holds; false where it does not in ten seconds.
    [[nodiscard]] bool run_until(const std::function<bool()>& condition);
    // Runs `body` in a thread with a connection of its own. What it throws fails the test.
    void in_client(const std::function<void(sdbus::IConnection&)>& body);
    // Runs `body` as nobody in a process of its own, with a connection; returns what it returned,
    // or what it threw.
    [[nodiscard]] std::string
    as_nobody(const std::function<std::string(sdbus::IConnection&)>& body);
    // Messages with this MESSAGE_ID so far.
    [[nodiscard]] std::vector<daemon::LogRecord> logged(const daemon::MessageKind& kind) const;
    [[nodiscard]] bool is_on_bus();

    PrivateBus bus_;
    sd_event* loop_ = nullptr;
    std::vector<daemon::LogRecord> records_;
    daemon::Log log_{std::make_unique<Records>(records_)};
    std::unique_ptr<FakeControl> control_;
    ServeOptions options_;
    std::unique_ptr<daemon::Observer> observer_;
};

// A client that lives in the daemon's loop, for what comes by itself.
class LoopClient {
  public:
    explicit LoopClient(sd_event* loop);

    [[nodiscard]] sdbus::IConnection& connection() { return *connection_; }

  private:
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<dbus::LoopAttachment> attachment_;
};

}  // namespace miredo::bus
