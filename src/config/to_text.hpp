// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A configuration as text, as `miredoctl config show` prints it.
#pragma once

#include <string>

#include "config/configuration.hpp"

namespace miredo::config {

// The sections form, with every key that has a meaning, defaults included; never a secret. Read
// again it gives the same configuration, but for the syslog facility, which has no key.
[[nodiscard]] std::string to_text(const Configuration& configuration);

}  // namespace miredo::config
