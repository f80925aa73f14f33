// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Configuration files as text: read whole, bounded, and never from something that could block.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.hpp"

namespace miredo::config {

inline constexpr std::size_t kMaxFileSize = std::size_t{1} << 20U;  // bytes

// The content of `path`: a regular file, or a character device such as /dev/null. Directories,
// pipes and files above kMaxFileSize are refused. Error::what says why, Error::where is `path`,
// Error::error_number is errno where a system call failed.
[[nodiscard]] Expected<std::string> read_file(const std::string& path);

}  // namespace miredo::config
