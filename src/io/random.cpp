// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/random.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>  // explicit_bzero

#include <sys/random.h>

namespace miredo::io {
namespace {

// Fails for a broken kernel or sandbox only; anything that is sent afterwards could be guessed.
[[noreturn]] void abort_without_randomness() {
    (void)std::fputs("miredo: the kernel gives no random bytes (getrandom), cannot go on\n",
                     stderr);
    std::abort();
}

}  // namespace

SystemRandom::SystemRandom() {
    refill();
}

SystemRandom::~SystemRandom() {
    ::explicit_bzero(chunk_.data(), chunk_.size());
}

void SystemRandom::fill(MutableBytes to) {
    while (!to.empty()) {
        if (used_ == chunk_.size()) {
            refill();
        }
        const MutableBytes fresh = MutableBytes{chunk_}.subspan(used_);
        const std::size_t count = std::min(fresh.size(), to.size());
        std::copy_n(fresh.begin(), count, to.begin());
        // What was given out must not be found in memory later.
        ::explicit_bzero(fresh.data(), count);
        used_ += count;
        to = to.subspan(count);
    }
}

void SystemRandom::refill() {
    std::size_t filled = 0;
    while (filled < chunk_.size()) {
        const ssize_t got = ::getrandom(chunk_.data() + filled, chunk_.size() - filled, 0);
        if (got > 0) {
            filled += static_cast<std::size_t>(got);
        } else if (got == 0 || errno != EINTR) {
            abort_without_randomness();
        }
    }
    used_ = 0;
}

}  // namespace miredo::io
