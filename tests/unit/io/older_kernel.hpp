// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// For tests of what the program does where the kernel does not know something, or refuses it: some
// system calls fail in one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace miredo::test {

// The lower 32 bits of an argument, as far as `mask` says, are `value`.
struct ArgumentIs {
    unsigned index;
    std::uint32_t value;
    std::uint32_t mask = 0xFFFFFFFF;
};

// A system call that fails with `error_number` where all of this is so.
struct RefusedCall {
    int number;  // __NR_…
    std::vector<ArgumentIs> arguments;
    int error_number;
};

// Runs `body` to its end in a thread of its own. False, and `body` did not run, where such a thread
// cannot be had.
[[nodiscard]] bool run_where_refused(const std::vector<RefusedCall>& calls,
                                     const std::function<void()>& body);

}  // namespace miredo::test
