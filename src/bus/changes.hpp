// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// From two snapshots of an instance to what the bus is told: the names of the properties that are
// others than before (all that the XML does not mark as constant or silent), and the signals.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/instance_status.hpp"

namespace miredo::bus {

// Of org.miredo.Miredo1.Instance.
[[nodiscard]] std::vector<std::string> changed_properties(const daemon::InstanceStatus& before,
                                                          const daemon::InstanceStatus& after);
// Of the role's own interface.
[[nodiscard]] std::vector<std::string> changed_properties(const daemon::ClientDetails& before,
                                                          const daemon::ClientDetails& after);
[[nodiscard]] std::vector<std::string> changed_properties(const daemon::RelayDetails& before,
                                                          const daemon::RelayDetails& after);
[[nodiscard]] std::vector<std::string> changed_properties(const daemon::ServerDetails& before,
                                                          const daemon::ServerDetails& after);

// The signal AddressChanged: "qualified" for a first address, "mapping-changed" for another one,
// and where the address is lost the reason of the state that it left behind.
struct AddressChange {
    std::string old_address;
    std::string new_address;
    std::string reason;
};
// Nothing for other roles than the client, and where the address is the same.
[[nodiscard]] std::optional<AddressChange> address_change(const daemon::InstanceStatus& before,
                                                          const daemon::InstanceStatus& after);

}  // namespace miredo::bus
