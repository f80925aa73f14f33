// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Describe(): the schema `miredo.status/1`, the one place where JSON about the daemon is made
// (tests/fixtures/describe.json). What is not known is null; keys are never left out.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "daemon/control.hpp"
#include "daemon/instance_status.hpp"

namespace miredo::bus {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json describe(const daemon::InstanceStatus& status,
                            const daemon::Statistics& statistics);
[[nodiscard]] Json describe(daemon::Control& control);

// In one line; what is not UTF-8 is replaced.
[[nodiscard]] std::string to_text(const Json& json);

}  // namespace miredo::bus
