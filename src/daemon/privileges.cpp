// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/privileges.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <vector>

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace miredo::daemon {
namespace {

Failure<Error> failure(std::string what, std::string where = {}, std::string remedy = {}) {
    return Failure{Error{std::move(what), std::move(where), errno, std::move(remedy)}};
}

Expected<Identity> from_entry(const std::string& name, const passwd* entry) {
    if (entry == nullptr) {
        return Failure{
            Error{"unknown user",
                  name,
                  0,
                  "Create it (useradd --system " + name + ") or name another one with -u"}};
    }
    if (entry->pw_uid == 0) {
        return Failure{Error{
            "refusing to read packets as root", name, 0, "Name an unprivileged user with -u"}};
    }
    return Identity{entry->pw_name, entry->pw_uid, entry->pw_gid};
}

Expected<void> empty_bounding_set() {
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
            return failure("cannot empty the capability bounding set");
        }
    }
    return {};
}

// Without any there is nothing to give up, and a unit that gives none may forbid capset(2).
bool has_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> held{};
    return syscall(SYS_capget, &header, held.data()) != 0 ||
           std::any_of(held.begin(), held.end(), [](const __user_cap_data_struct& word) {
               return (word.permitted | word.effective | word.inheritable) != 0;
           });
}

Expected<void> empty_capability_sets() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
        (has_capabilities() && syscall(SYS_capset, &header, none.data()) != 0)) {
        return failure("cannot give up the capabilities");
    }
    return {};
}

Expected<void> become(const Identity& identity) {
    if (setgroups(0, nullptr) != 0 || setresgid(identity.gid, identity.gid, identity.gid) != 0 ||
        setresuid(identity.uid, identity.uid, identity.uid) != 0) {
        return failure("cannot become another user", identity.name);
    }
    return {};
}

}  // namespace

Expected<Identity> find_user(const std::string& name) {
    uid_t uid = 0;
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data(), end, uid);
    if (error == std::errc{} && rest == end) {
        return from_entry(name, getpwuid(uid));
    }
    return from_entry(name, getpwnam(name.c_str()));
}

Identity current_identity() {
    const passwd* entry = getpwuid(geteuid());
    return {entry != nullptr ? entry->pw_name : std::to_string(geteuid()), geteuid(), getegid()};
}

Expected<void> drop_privileges(const Identity& identity) {
    if (geteuid() == 0) {
        if (auto done = empty_bounding_set(); !done) {
            return done;
        }
        if (auto done = become(identity); !done) {
            return done;
        }
    }
    if (auto done = empty_capability_sets(); !done) {
        return done;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return failure("cannot set no_new_privs");
    }
    // setresuid() made the process undumpable for other reasons; say it for the other forms too.
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return failure("cannot make the process undumpable");
    }
    return {};
}

}  // namespace miredo::daemon
