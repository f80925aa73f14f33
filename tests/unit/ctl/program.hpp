// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The built miredoctl in a process of its own.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "io/unique_fd.hpp"

namespace miredo::ctl {

class Program {
  public:
    // Neither a terminal nor a bus but that of $DBUS_SYSTEM_BUS_ADDRESS.
    explicit Program(const std::vector<std::string>& arguments);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    Program(Program&&) = delete;
    Program& operator=(Program&&) = delete;
    ~Program();  // kills what is still there

    // Takes what it has written; true when it has ended.
    [[nodiscard]] bool has_ended();
    void send(int signal) const;
    // Waits for the end.
    Program& wait();

    // Until now; the exit status -1 while it runs, or where a signal ended it.
    std::string output;
    std::string errors;
    int exit_status = -1;

  private:
    pid_t process_ = -1;
    io::UniqueFd output_pipe_;
    io::UniqueFd errors_pipe_;
};

}  // namespace miredo::ctl
