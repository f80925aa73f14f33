// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// `miredoctl list`: a line for each instance.
#pragma once

#include <string>

#include "ctl/json.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {

// `instances` as of find_instances().
[[nodiscard]] std::string list_text(const Json& instances, const Style& style, bool has_legend);

}  // namespace miredo::ctl
