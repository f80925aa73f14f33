// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredo-broker: the privileged half as a service. miredo-broker.socket starts it when miredo asks
// for something, and it ends when nobody is connected any more.
#include <cstdio>
#include <cstdlib>

#include <systemd/sd-daemon.h>

#include "broker/confine.hpp"
#include "broker/listen.hpp"

namespace {

using miredo::Error;

constexpr int kFailureStatus = 1;
constexpr int kUsageStatus = 2;

// The journal turns the prefix into a priority; a terminal need not show it.
void report(const Error& error) {
    const bool to_journal = std::getenv("JOURNAL_STREAM") != nullptr;
    (void)std::fprintf(stderr, "%s%s\n", to_journal ? SD_ERR : "", error.to_string().c_str());
}

int fail(const Error& error, int status = kFailureStatus) {
    report(error);
    return status;
}

}  // namespace

int main() {
    const int passed = ::sd_listen_fds(1);
    if (passed != 1) {
        return fail(
            Error{passed == 0 ? "no socket was passed to it" : "one socket is expected",
                  "miredo-broker",
                  passed < 0 ? -passed : 0,
                  "It is not started by hand: `systemctl start miredo-broker.socket`, or run "
                  "miredo as root, which needs no service"},
            kUsageStatus);
    }
    const auto owner = miredo::broker::socket_owner(SD_LISTEN_FDS_START);
    if (!owner) {
        return fail(owner.error());
    }
    // Of CAP_NET_RAW and CAP_BPF it keeps what the unit gives: for a server and for more than one
    // shard there are drop-ins.
    if (const auto confined = miredo::broker::confine({true, true}); !confined) {
        return fail(confined.error());
    }
    miredo::broker::ListenOptions options;
    options.owner = *owner;
    options.report = report;
    const auto served = miredo::broker::serve_connections(SD_LISTEN_FDS_START, options);
    return served ? 0 : fail(served.error());
}
