// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A file descriptor with exactly one owner.
#pragma once

#include <utility>

#include <unistd.h>

namespace miredo::io {

class UniqueFd {
  public:
    constexpr UniqueFd() = default;
    constexpr explicit UniqueFd(int fd) : fd_{fd} {}
    UniqueFd(UniqueFd&& other) noexcept : fd_{other.release()} {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        reset(other.release());
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    void reset(int fd = -1) {
        const int old = std::exchange(fd_, fd);
        if (old >= 0 && old != fd) {
            // Linux closes the descriptor whatever close() returns; a second try could hit another.
            (void)::close(old);
        }
    }

  private:
    int fd_ = -1;
};

}  // namespace miredo::io
