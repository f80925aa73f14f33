// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The words of a command line that no verb and no option takes.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "ctl/outcome.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the library's
namespace CLI {
class App;
}

namespace miredo::ctl {

// Of an `app` that has parsed. A usage error about the first word left, with what was meant, be it
// of `verbs`, an option, or an option that belongs to another verb.
[[nodiscard]] std::optional<Problem> check_leftovers(const CLI::App& app,
                                                     std::span<const std::string_view> verbs);

}  // namespace miredo::ctl
