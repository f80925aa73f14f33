// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// `miredoctl status`: the document of Describe() as people read it.
#pragma once

#include <cstdint>
#include <string>

#include "ctl/json.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {

// A block for each of `instances` (find_instances()), an empty line between two; ages relative to
// `now_usec` (since 1970). Shows only what is there.
[[nodiscard]] std::string
status_text(const Json& instances, const Style& style, std::uint64_t now_usec);

}  // namespace miredo::ctl
