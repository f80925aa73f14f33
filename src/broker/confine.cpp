// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/confine.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace miredo::broker {
namespace {

Failure<Error> failure(const char* what, int error_number) {
    return Failure{Error{what, "miredo-broker", error_number, ""}};
}

constexpr std::uint64_t capability_bit(unsigned capability) {
    return std::uint64_t{1} << capability;
}

using CapabilityData = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

// Of each capability that the kernel knows, all but those in `kept` leave the bounding set.
void drop_bounding_set(std::uint64_t kept) {
    for (unsigned capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
         ++capability) {
        if (capability >= 64 || (kept & capability_bit(capability)) == 0) {
            // Needs CAP_SETPCAP. Without, nothing can be gained from the set either: no_new_privs.
            (void)::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
    }
    (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

Expected<void> keep_capabilities(std::uint64_t wanted) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    CapabilityData data{};
    if (::syscall(SYS_capget, &header, data.data()) != 0) {
        return failure("cannot read the capabilities", errno);
    }
    drop_bounding_set(wanted);
    std::uint64_t rest = wanted;  // the kernel takes it in words of 32 bits
    bool has_more = false;
    for (__user_cap_data_struct& word : data) {
        has_more |= (word.permitted & ~static_cast<std::uint32_t>(rest)) != 0;
        word.permitted &= static_cast<std::uint32_t>(rest);
        word.effective = word.permitted;
        word.inheritable = 0;
        rest >>= 32U;
    }
    // A unit that gives no more than this may forbid the call.
    if (::syscall(SYS_capset, &header, data.data()) != 0 && has_more) {
        return failure("cannot give up capabilities", errno);
    }
    return {};
}

struct FilterDeleter {
    void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterDeleter>;

// What serve(), serve_connections(), libnl and the C library's memory and error paths need, and no
// more.
constexpr std::array kAllowed{
    SCMP_SYS(read),           SCMP_SYS(write),
    SCMP_SYS(close),          SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),     SCMP_SYS(fcntl),
    SCMP_SYS(accept4),        SCMP_SYS(poll),
    SCMP_SYS(ppoll),          SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),        SCMP_SYS(bind),
    SCMP_SYS(getsockname),    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt),     SCMP_SYS(brk),
    SCMP_SYS(mmap),           SCMP_SYS(munmap),
    SCMP_SYS(mremap),         SCMP_SYS(madvise),
    SCMP_SYS(futex),          SCMP_SYS(getpid),
    SCMP_SYS(gettid),         SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),  SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),    SCMP_SYS(tgkill),
    SCMP_SYS(sched_yield),    SCMP_SYS(exit),
    SCMP_SYS(exit_group),     SCMP_SYS(restart_syscall),
};

// A holder of a tun descriptor could do more with it: make it persistent, change its owner's
// queues.
constexpr std::array<unsigned long, 7> kAllowedIoctls{
    TUNSETIFF,
    TUNSETOWNER,
    TUNSETGROUP,
    TUNGETIFF,
    TUNGETDEVNETNS,
    SIOCGSKNS,
    SIOCGIFINDEX,
};

constexpr std::uint64_t kSteeringIoctl = TUNSETSTEERINGEBPF;

constexpr std::array kAllowedFamilies{AF_NETLINK, AF_INET6};

// One program may be loaded; there is nothing else to do with it than to give it to a device.
int add_steering_rules(scmp_filter_ctx filter) {
    const scmp_arg_cmp loads{0, SCMP_CMP_MASKED_EQ, 0xFFFF'FFFF, BPF_PROG_LOAD};
    const scmp_arg_cmp attaches{1, SCMP_CMP_MASKED_EQ, 0xFFFF'FFFF, kSteeringIoctl};
    const int error = ::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1, &loads);
    return error != 0
               ? error
               : ::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, &attaches);
}

int add_rules(scmp_filter_ctx filter, bool steering) {
    int error = 0;
    const auto note = [&error](int result) {
        if (error == 0 && result < 0) {
            error = -result;
        }
    };
    for (const int number : kAllowed) {
        note(::seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0));
    }
    for (const unsigned long request : kAllowedIoctls) {
        const scmp_arg_cmp is_request{1, SCMP_CMP_MASKED_EQ, 0xFFFF'FFFF, request};
        note(::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, &is_request));
    }
    for (const int family : kAllowedFamilies) {
        const scmp_arg_cmp is_family{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(family), 0};
        note(::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, &is_family));
    }
    // Existing files only: /dev/net/tun and settings of the device.
    const scmp_arg_cmp makes_no_file{2, SCMP_CMP_MASKED_EQ, O_CREAT | O_TRUNC, 0};
    note(::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, &makes_no_file));
    if (steering) {
        note(add_steering_rules(filter));
    }
    return error;
}

Expected<void> load_filter(bool steering) {
    const Filter filter{::seccomp_init(SCMP_ACT_ERRNO(EPERM))};
    if (!filter) {
        return failure("cannot make a system call filter", ENOMEM);
    }
    if (const int error = add_rules(filter.get(), steering); error != 0) {
        return failure("cannot make a system call filter", error);
    }
    if (const int result = ::seccomp_load(filter.get()); result < 0) {
        return failure("cannot load a system call filter", -result);
    }
    return {};
}

}  // namespace

Expected<void> confine(const Privileges& privileges) {
    std::uint64_t wanted = capability_bit(CAP_NET_ADMIN);
    if (privileges.raw_sockets) {
        wanted |= capability_bit(CAP_NET_RAW);
    }
    if (privileges.steering) {
        wanted |= capability_bit(CAP_BPF);
    }
    if (auto kept = keep_capabilities(wanted); !kept) {
        return kept;
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return failure("cannot set no_new_privs", errno);
    }
    return load_filter(privileges.steering);
}

}  // namespace miredo::broker
