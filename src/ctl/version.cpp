// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include <fmt/format.h>

#include "ctl/verbs.hpp"

namespace miredo::ctl {

// Of this program; the service's own stands in `status --json`.
Outcome<ExitStatus> run_version(const Options& /*options*/, const Output& output) {
    if (output.wants_json()) {
        return finished(
            output.print_json(Json{{"schema", "miredo.version/1"}, {"version", MIREDO_VERSION}}));
    }
    return finished(output.print(fmt::format("miredoctl {}\n", MIREDO_VERSION)));
}

}  // namespace miredo::ctl
