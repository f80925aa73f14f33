// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/sandbox.hpp"

#include <array>
#include <cerrno>
#include <memory>

#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace miredo::daemon {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

// What a shard does all day, memory and thread upkeep of the C library included.
constexpr std::array kShardCalls{
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(getsockopt),  // what the kernel has dropped
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom),
    SCMP_SYS(futex),
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(close),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(tgkill),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
};

// What the control thread, the resolver (NSS reads files and talks to name services) and the start
// of threads need on top.
constexpr std::array kProcessCalls{
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(seccomp),
    SCMP_SYS(membarrier),
    SCMP_SYS(openat),
    SCMP_SYS(open),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(lseek),
    SCMP_SYS(pread64),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(pipe2),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(eventfd2),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_gettime),
    SCMP_SYS(signalfd4),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(bind),
    SCMP_SYS(connect),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(setsockopt),
    SCMP_SYS(recvfrom),
    SCMP_SYS(shutdown),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getcwd),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(umask),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getrlimit),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(kill),
    SCMP_SYS(prctl),
    SCMP_SYS(arch_prctl),
    SCMP_SYS(ftruncate),
    SCMP_SYS(unlink),
};

constexpr std::array<scmp_datum_t, 5> kIoctls{
    TUNGETIFF, TUNSETVNETHDRSZ, TUNSETOFFLOAD, SIOCGIFINDEX, FIONREAD};
constexpr std::array<scmp_datum_t, 4> kFamilies{AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

template <std::size_t N>
int allow(scmp_filter_ctx filter, const std::array<int, N>& calls) {
    for (const int call : calls) {
        // Calls that this architecture does not have are skipped by libseccomp.
        if (const int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0); result < 0) {
            return result;
        }
    }
    return 0;
}

template <std::size_t N>
int allow_argument(scmp_filter_ctx filter,
                   int call,
                   unsigned position,
                   const std::array<scmp_datum_t, N>& values) {
    for (const scmp_datum_t value : values) {
        const scmp_arg_cmp comparison{position, SCMP_CMP_MASKED_EQ, 0xFFFFFFFFU, value};
        const int result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &comparison);
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

int add_process_rules(scmp_filter_ctx filter) {
    if (const int result = allow(filter, kProcessCalls); result < 0) {
        return result;
    }
    if (const int result = allow_argument(filter, SCMP_SYS(ioctl), 1, kIoctls); result < 0) {
        return result;
    }
    return allow_argument(filter, SCMP_SYS(socket), 0, kFamilies);
}

Expected<void> load(bool for_process) {
    const Filter filter{seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release};
    int result = filter == nullptr ? -ENOMEM : allow(filter.get(), kShardCalls);
    if (result == 0 && for_process) {
        result = add_process_rules(filter.get());
    }
    if (result == 0) {
        result = seccomp_load(filter.get());
    }
    if (result < 0) {
        return Failure{Error{"cannot set the system call filter", {}, -result, {}}};
    }
    return {};
}

}  // namespace

Expected<void> confine_process() {
    return load(true);
}

Expected<void> confine_shard() {
    return load(false);
}

}  // namespace miredo::daemon
