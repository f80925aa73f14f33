// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/segment_limit.hpp"

#include <algorithm>
#include <cerrno>

namespace miredo::io {
namespace {

// About this very size, and not about segments altogether.
bool is_about_size(int error_number) {
    return error_number == EINVAL || error_number == EMSGSIZE;
}

}  // namespace

bool SegmentLimit::is_refusal(int error_number) {
    return is_about_size(error_number) || error_number == EIO || error_number == EOPNOTSUPP ||
           error_number == ENOPROTOOPT;
}

void SegmentLimit::refuse(std::size_t size, int error_number) {
    const bool only_size = is_about_size(error_number);
    refused_ = only_size ? std::min(refused_, size) : 0;
    pause_ = std::max(pause_, only_size ? kSizePause : kRefusalPause);
    error_number_ = error_number;
}

void SegmentLimit::advance(std::size_t count) {
    if (pause_ > count) {
        pause_ -= count;
    } else if (pause_ > 0) {
        pause_ = 0;
        refused_ = kNone;
        error_number_ = 0;
    }
}

}  // namespace miredo::io
