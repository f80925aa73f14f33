// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The broker of the foreground form: a child that is forked while the program still has its
// privileges and one thread.
#pragma once

#include <optional>

#include <sys/types.h>

#include "base/error.hpp"
#include "base/time.hpp"
#include "broker/client.hpp"
#include "broker/confine.hpp"
#include "io/unique_fd.hpp"

namespace miredo::broker {

struct ForkOptions {
    // Who will use the devices: the user and group that the daemon is going to run as.
    uid_t owner = 0;
    gid_t group = 0;
    Privileges privileges = {};
};

struct ForkedBroker {
    BrokerClient client;
    pid_t pid = -1;
    io::UniqueFd pidfd;  // readable when the broker has ended
};

// Forks `miredo-broker`, confined as confine() says. It ignores the terminal's signals and ends
// when the client's socket is closed. Fails, with no child left, where it cannot be confined.
[[nodiscard]] Expected<ForkedBroker> fork_broker(const ForkOptions& options);

// Closes the client and waits for the child: its wait status (waitpid(2)), or nullopt where it did
// not end within `limit`.
std::optional<int> reap_broker(ForkedBroker broker, Duration limit = std::chrono::seconds{2});

}  // namespace miredo::broker
