// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "older_kernel.hpp"

#include <bit>
#include <cstddef>
#include <thread>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

namespace miredo::test {
namespace {

constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kAnd = BPF_ALU | BPF_AND | BPF_K;
constexpr std::uint16_t kJumpIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;

std::uint32_t offset_of(const ArgumentIs& argument) {
    const std::size_t start = offsetof(seccomp_data, args) + argument.index * sizeof(std::uint64_t);
    return static_cast<std::uint32_t>(start + (std::endian::native == std::endian::big ? 4 : 0));
}

std::vector<sock_filter> program_for(const std::vector<RefusedCall>& calls) {
    std::vector<sock_filter> program;
    for (const RefusedCall& call : calls) {
        // To the next call: two behind the load of the number, three for each argument, one for
        // the return.
        auto left = static_cast<std::uint8_t>(3 * call.arguments.size() + 1);
        program.push_back({kLoad, 0, 0, offsetof(seccomp_data, nr)});
        program.push_back({kJumpIfEqual, 0, left, static_cast<std::uint32_t>(call.number)});
        for (const ArgumentIs& argument : call.arguments) {
            left = static_cast<std::uint8_t>(left - 3);
            program.push_back({kLoad, 0, 0, offset_of(argument)});
            program.push_back({kAnd, 0, 0, argument.mask});
            program.push_back({kJumpIfEqual, 0, left, argument.value});
        }
        const auto error_number = static_cast<std::uint32_t>(call.error_number);
        program.push_back({kReturn, 0, 0, SECCOMP_RET_ERRNO | error_number});
    }
    program.push_back({kReturn, 0, 0, SECCOMP_RET_ALLOW});
    return program;
}

}  // namespace

bool run_where_refused(const std::vector<RefusedCall>& calls, const std::function<void()>& body) {
    std::vector<sock_filter> instructions = program_for(calls);
    bool ran = false;
    // A filter is its thread's and ends with it.
    std::thread thread{[&instructions, &body, &ran] {
        const sock_fprog program{static_cast<unsigned short>(instructions.size()),
                                 instructions.data()};
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
            ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) {
            ran = true;
            body();
        }
    }};
    thread.join();
    return ran;
}

}  // namespace miredo::test
