// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The running miredo, over the system bus: one call each, every one with a time limit. Calls go to
// the owner of the name, not to the name, so that none of them could start the service.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ctl/call_limit.hpp"
#include "ctl/json.hpp"
#include "ctl/outcome.hpp"
#include "ctl/peer_row.hpp"
#include "ctl/reload_text.hpp"

namespace sdbus {
class IConnection;
}

namespace miredo::ctl {

// Only to those that are set; words of dbus/names.hpp.
struct PeerFilter {
    std::string kind;
    std::string state;
};

struct PeerPage {
    std::vector<PeerRow> rows;
    std::uint64_t total = 0;  // that match the filter
};

class Service {
  public:
    // Problems: no bus; nobody owns the name (kNotRunning both).
    [[nodiscard]] static Outcome<Service> connect(std::chrono::milliseconds limit = kCallLimit);

    Service(Service&& other) noexcept;
    Service& operator=(Service&& other) noexcept;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    // The document miredo.status/1.
    [[nodiscard]] Outcome<Json> describe();
    // `limit` at most dbus::kLargestPage.
    [[nodiscard]] Outcome<PeerPage> list_peers(const std::string& instance,
                                               const PeerFilter& filter,
                                               std::uint64_t offset,
                                               std::uint32_t limit);
    // `instance` a client; returns once the server is being asked.
    [[nodiscard]] Outcome<void> requalify(const std::string& instance);
    // Returns when what can be applied is. A refused configuration is kConfigurationInvalid.
    [[nodiscard]] Outcome<ReloadReport> reload();

  private:
    Service(std::unique_ptr<sdbus::IConnection> connection, std::string owner);

    std::unique_ptr<sdbus::IConnection> connection_;
    std::string owner_;  // unique name
};

// connect() and describe().
[[nodiscard]] Outcome<Json> describe_service();

}  // namespace miredo::ctl
