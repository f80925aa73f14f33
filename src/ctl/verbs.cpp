// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/verbs.hpp"

namespace miredo::ctl {

Outcome<ExitStatus> run_verb(const Options& options, const Output& output) {
    switch (options.verb) {
    case Verb::kStatus:
        return run_status(options, output);
    case Verb::kList:
        return run_list(options, output);
    case Verb::kPeers:
        return run_peers(options, output);
    case Verb::kStats:
        return run_stats(options, output);
    case Verb::kRequalify:
        return run_requalify(options, output);
    case Verb::kReload:
        return run_reload(options, output);
    case Verb::kDecode:
        return run_decode(options, output);
    case Verb::kEncode:
        return run_encode(options, output);
    case Verb::kConfigCheck:
        return run_config_check(options, output);
    case Verb::kConfigShow:
        return run_config_show(options, output);
    case Verb::kMonitor:
        return run_monitor(options, output);
    case Verb::kWait:
        return run_wait(options, output);
    case Verb::kVersion:
        return run_version(options, output);
    case Verb::kHelp:
        break;
    }
    return run_help(options, output);
}

Outcome<ExitStatus> finished(bool has_printed, ExitStatus status) {
    if (!has_printed) {
        return Failure{Problem{ExitStatus::kFailure, "cannot write to the standard output"}};
    }
    return status;
}

}  // namespace miredo::ctl
