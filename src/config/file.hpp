// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Configuration files as text: read whole, bounded, and never from something that could block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace miredo::config {

inline constexpr std::size_t kMaxFileSize = std::size_t{1} << 20U;  // bytes

struct FileRules {
    std::string_view noun = "configuration file";  // for the errors
    // Of root or `owner`, and nobody else may read or write it; else not a byte of it is read.
    bool is_private = false;
    std::uint32_t owner = 0;  // a user's number
};

// The content of `path`: a regular file, or a character device such as /dev/null. Directories,
// pipes and files above kMaxFileSize are refused. Error::what says why, Error::where is `path`,
// Error::error_number is errno where a system call failed.
[[nodiscard]] Expected<std::string> read_file(const std::string& path, const FileRules& rules = {});

}  // namespace miredo::config
