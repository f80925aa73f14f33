// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// `miredoctl stats`: counters in groups.
#pragma once

#include <string>

#include "ctl/json.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {

// `instances` as of find_instances(). Groups: traffic, protocol, dropped (by reason, the most
// first). `with_zeros`: also what has never happened.
[[nodiscard]] std::string stats_text(const Json& instances, const Style& style, bool with_zeros);
// miredo.statistics/1: the counters with the names that they have on the bus.
[[nodiscard]] Json stats_json(const Json& instances);

}  // namespace miredo::ctl
