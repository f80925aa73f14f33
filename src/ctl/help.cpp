// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include <string_view>

#include "ctl/verbs.hpp"

namespace miredo::ctl {
namespace {

constexpr std::string_view kHelp =
    R"(Usage: miredoctl [OPTION]... [VERB [ARGUMENT]...]
See and steer miredo, the Teredo client, relay and server.

The running service:
  status [INSTANCE]       how it is, and the journal's last lines (default verb)
      -n, --lines N         so many lines of the journal, instead of 10
      --check               say nothing; exit with 4 unless all is qualified or running
  list                    a line for each instance
  peers [INSTANCE]        whom packets are exchanged with
      --sort ORDER          last, state, kind, address
      --state STATE         only direct, relay, probing, idle or failed ones
      --kind KIND           only teredo or native ones
      --limit N             at most N of them, instead of 1000; 0: all
      --all                 all of them
  stats [INSTANCE]        counters of packets, and of those dropped by reason
      --all                 also those that are zero
  monitor                 changes of state and address as they come, until Ctrl-C
  wait [INSTANCE]         until the client is qualified, relay and server are running
      --state STATE         until this state instead
      --timeout TIME        at most so long, instead of 30s; or: infinity
  requalify [INSTANCE]    ask the server again, now
  reload                  read the configuration again, and say what changed

Without it:
  decode ADDRESS...       what is inside a Teredo address
  encode SERVER MAPPED[:PORT]
                          the Teredo address of a client; port 3544 where none is given
      --flags N             the flags field, 16 bits, as 0x8000
  config check [FILE]     what is wrong with the configuration
  config show [FILE]      the configuration, with every key
  version, help

Everywhere:
      --json MODE         short, pretty or off
  -j, --json              pretty on a terminal, else short
      --no-legend         neither table heads nor summaries
      --no-pager          long output as it is
  -l, --full              don't cut lines that are wider than the terminal
      --color WHEN        auto, always or never
  -h, --help              this text
      --version           the version

Exit status: 0 done; 1 failed; 2 wrong usage; 3 miredo is not running; 4 not qualified;
5 permission denied; 6 time-out; 7 the configuration is invalid.
See miredoctl(1).
)";

}  // namespace

Outcome<ExitStatus> run_help(const Options& /*options*/, const Output& output) {
    return finished(output.print(kHelp));
}

}  // namespace miredo::ctl
