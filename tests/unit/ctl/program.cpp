// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "program.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace miredo::ctl {
namespace {

struct Pipe {
    io::UniqueFd reader;
    io::UniqueFd writer;
};

Pipe make_pipe() {
    std::array<int, 2> fds{-1, -1};
    if (::pipe2(fds.data(), O_CLOEXEC) == 0) {
        ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
    }
    return {io::UniqueFd{fds[0]}, io::UniqueFd{fds[1]}};
}

// False at the end.
bool take(io::UniqueFd& from, std::string& to) {
    std::array<char, 4096> part{};
    while (from) {
        const ssize_t size = ::read(from.get(), part.data(), part.size());
        if (size < 0) {
            return errno == EAGAIN;
        }
        if (size == 0) {
            from.reset();
        }
        to.append(part.data(), static_cast<std::size_t>(size));
    }
    return false;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments) {
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    std::vector<std::string> words{MIREDOCTL};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(out.writer.get(), STDOUT_FILENO);
        ::dup2(err.writer.get(), STDERR_FILENO);
        ::execv(pointers[0], pointers.data());
        ::_exit(127);
    }
    output_pipe_ = std::move(out.reader);
    errors_pipe_ = std::move(err.reader);
}

Program::~Program() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
}

bool Program::has_ended() {
    const bool has_output = take(output_pipe_, output);
    const bool has_errors = take(errors_pipe_, errors);
    if (has_output || has_errors || process_ <= 0) {
        return process_ <= 0;
    }
    // Both ends are closed: it is about to end, or has.
    int status = 0;
    if (::waitpid(process_, &status, 0) == process_) {
        exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    process_ = -1;
    return true;
}

void Program::send(int signal) const {
    if (process_ > 0) {
        ::kill(process_, signal);
    }
}

Program& Program::wait() {
    while (!has_ended()) {
        // A closed descriptor is negative and not looked at.
        std::array<pollfd, 2> fds{pollfd{output_pipe_.get(), POLLIN, 0},
                                  pollfd{errors_pipe_.get(), POLLIN, 0}};
        ::poll(fds.data(), fds.size(), -1);
    }
    return *this;
}

}  // namespace miredo::ctl
