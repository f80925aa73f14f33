// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// `miredoctl list`: a line for each instance.
#pragma once

#include <string>

#include "ctl/json.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {

// A table of `instances` (find_instances()); the legend is its head and the count below it.
[[nodiscard]] std::string list_text(const Json& instances, const Style& style, bool has_legend);

}  // namespace miredo::ctl
