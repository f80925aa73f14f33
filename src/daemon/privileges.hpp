// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Giving up privileges, for the forms that systemd does not start confined.
#pragma once

#include <string>

#include <sys/types.h>

#include "base/error.hpp"

namespace miredo::daemon {

struct Identity {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
};

// The user of that name, or its number. Errors: unknown, or uid 0.
[[nodiscard]] Expected<Identity> find_user(const std::string& name);

// Whom this process runs as.
[[nodiscard]] Identity current_identity();

// For good, in this order: capability bounding set, supplementary groups, group, user, and
// no_new_privs. For a process that is not root only what it can: all capability sets are emptied
// and no_new_privs is set. Afterwards no thread of this process holds or can gain a capability;
// call it before the first thread.
[[nodiscard]] Expected<void> drop_privileges(const Identity& identity);

}  // namespace miredo::daemon
