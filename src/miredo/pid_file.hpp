// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The classic PID file: decimal PID without a newline, mode 0644, locked as long as the program
// runs, so that a second one with the same file ends at once.
#pragma once

#include <string>

#include "base/error.hpp"
#include "io/unique_fd.hpp"

namespace miredo {

class PidFile {
  public:
    // Creates or takes over the file, never through a symbolic link, and locks it. error_number is
    // EAGAIN where another process holds the lock.
    [[nodiscard]] static Expected<PidFile> create(const std::string& path);
    PidFile(PidFile&&) noexcept = default;
    PidFile& operator=(PidFile&&) = delete;
    PidFile(const PidFile&) = delete;
    PidFile& operator=(const PidFile&) = delete;
    // Removes the file; where that takes a privilege that is given up by now, empties it.
    ~PidFile();

    // Of this process, which may be another than the one that created the file.
    [[nodiscard]] Expected<void> write() const;

  private:
    PidFile(std::string path, io::UniqueFd file) : path_{std::move(path)}, file_{std::move(file)} {}

    std::string path_;
    io::UniqueFd file_;
};

}  // namespace miredo
