// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A program in a process of its own: the built miredoctl, where no other is named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "io/unique_fd.hpp"

namespace miredo::ctl {

struct TerminalSize {
    unsigned short rows = 0;
    unsigned short columns = 0;
};

// What the program finds around it. Of this process' environment it gets what finds a bus and
// programs, and what sanitizers look at; its locale is UTF-8, its time zone UTC.
struct Surroundings {
    std::vector<std::string> environment;  // more of it: "NAME=value"
    std::optional<TerminalSize> terminal;  // as stdout; a pipe otherwise
    bool as_nobody = false;                // needs root
    std::string directory = {};            // empty: this process'
    std::string program = MIREDOCTL;       // its path
};

class Program {
  public:
    explicit Program(const std::vector<std::string>& arguments,
                     const Surroundings& surroundings = {});
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    Program(Program&&) = delete;
    Program& operator=(Program&&) = delete;
    ~Program();  // kills what is still there

    // Takes what it has written; true when it has ended.
    [[nodiscard]] bool has_ended();
    void send(int signal) const;
    [[nodiscard]] pid_t pid() const { return process_; }
    // Waits for the end; kills what says nothing for a long time.
    Program& wait();
    // Waits until `errors` has this text; false where it ends or falls silent without.
    [[nodiscard]] bool says(const std::string& text);

    // Until now; the exit status -1 while it runs, or where a signal ended it.
    std::string output;
    std::string errors;
    int exit_status = -1;

  private:
    // False where nothing comes for a long time.
    [[nodiscard]] bool wait_for_more() const;

    pid_t process_ = -1;
    io::UniqueFd output_;
    io::UniqueFd errors_;
};

}  // namespace miredo::ctl
