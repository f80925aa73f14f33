// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What miredoctl can do: one function for each verb, one file for each function.
#pragma once

#include <string>

#include "ctl/options.hpp"
#include "ctl/outcome.hpp"
#include "ctl/output.hpp"

namespace miredo::ctl {

// Of the running service.
[[nodiscard]] Outcome<ExitStatus> run_status(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_list(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_peers(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_stats(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_requalify(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_reload(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_monitor(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_wait(const Options& options, const Output& output);

// Without it.
[[nodiscard]] Outcome<ExitStatus> run_decode(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_encode(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_config_check(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_config_show(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_version(const Options& options, const Output& output);
[[nodiscard]] Outcome<ExitStatus> run_help(const Options& options, const Output& output);

// The verb of `options`.
[[nodiscard]] Outcome<ExitStatus> run_verb(const Options& options, const Output& output);

// What a verb ends with after it has printed: a full disk or a reader that has gone is a failure.
[[nodiscard]] Outcome<ExitStatus> finished(bool has_printed, ExitStatus status = ExitStatus::kOk);

}  // namespace miredo::ctl
