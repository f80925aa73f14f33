// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/pager.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/text.hpp"
#include "io/unique_fd.hpp"

namespace miredo::ctl {
namespace {

std::vector<std::string> pager_command() {
    for (const char* name : {"SYSTEMD_PAGER", "PAGER"}) {
        if (const char* value = std::getenv(name); value != nullptr) {
            std::vector<std::string> words;
            std::string_view rest{value};
            for (std::string_view word = config::take_word(rest); !word.empty();
                 word = config::take_word(rest)) {
                words.emplace_back(word);
            }
            return words;
        }
    }
    return {"less"};
}

// Runs in the child; returns only where the program can't be started.
void run_pager(std::vector<std::string>& command, int input) {
    const char* options = std::getenv("SYSTEMD_LESS");
    setenv("LESS", options != nullptr ? options : "FRSXMK", 1);
    // Under sudo nobody is to get a root shell out of it.
    setenv("LESSSECURE", "1", 1);
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (std::string& word : command) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    if (dup2(input, STDIN_FILENO) >= 0) {
        execvp(arguments[0], arguments.data());
    }
}

void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(fd, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return;  // the reader has seen enough
        }
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
}

struct Pipe {
    io::UniqueFd reader;
    io::UniqueFd writer;
};

bool make_pipe(Pipe& result) {
    std::array<int, 2> fds{};
    if (pipe2(fds.data(), O_CLOEXEC) != 0) {
        return false;
    }
    result = {io::UniqueFd{fds[0]}, io::UniqueFd{fds[1]}};
    return true;
}

}  // namespace

bool show_in_pager(std::string_view text) {
    std::vector<std::string> command = pager_command();
    Pipe input;
    Pipe failure;  // closed by a successful exec, written to by a failed one
    if (command.empty() || command[0] == "cat" || !make_pipe(input) || !make_pipe(failure)) {
        return false;
    }
    const pid_t child = fork();
    if (child < 0) {
        return false;
    }
    if (child == 0) {
        run_pager(command, input.reader.get());
        write_all(failure.writer.get(), "x");
        _exit(EXIT_FAILURE);
    }
    input.reader.reset();
    failure.writer.reset();
    char byte = 0;
    const bool is_running = read(failure.reader.get(), &byte, 1) == 0;
    if (is_running) {
        (void)std::signal(SIGPIPE, SIG_IGN);
        // Ctrl-C is the pager's while it runs.
        (void)std::signal(SIGINT, SIG_IGN);
        write_all(input.writer.get(), text);
    }
    input.writer.reset();
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {}
    return is_running;
}

}  // namespace miredo::ctl
