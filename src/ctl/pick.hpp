// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Which instance is meant where none is named, or one that the verb isn't for.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "ctl/json.hpp"
#include "ctl/outcome.hpp"

namespace miredo::ctl {

// `document` of Describe(). The instance of that `name`, or where it is empty the only one whose
// role is in `roles`. A problem (kUsage) says which there are to choose from, or that none is of
// such a role.
[[nodiscard]] Outcome<std::string>
pick_instance(const Json& document, std::string_view name, std::span<const std::string_view> roles);

}  // namespace miredo::ctl
