// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "program.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace miredo::ctl {
namespace {

constexpr uid_t kNobody = 65534;
constexpr int kLimitMilliseconds = 20'000;

struct Channel {
    io::UniqueFd reader;
    io::UniqueFd writer;
};

Channel make_pipe() {
    std::array<int, 2> fds{-1, -1};
    if (::pipe2(fds.data(), O_CLOEXEC) == 0) {
        ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
    }
    return {io::UniqueFd{fds[0]}, io::UniqueFd{fds[1]}};
}

// A terminal that passes on what is written to it as it is.
Channel make_terminal(const TerminalSize& size) {
    Channel result;
    result.reader = io::UniqueFd{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)};
    std::array<char, 64> name{};
    if (::grantpt(result.reader.get()) == 0 && ::unlockpt(result.reader.get()) == 0 &&
        ::ptsname_r(result.reader.get(), name.data(), name.size()) == 0) {
        result.writer = io::UniqueFd{::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
    }
    termios settings{};
    ::tcgetattr(result.writer.get(), &settings);
    ::cfmakeraw(&settings);
    ::tcsetattr(result.writer.get(), TCSANOW, &settings);
    const winsize window{size.rows, size.columns, 0, 0};
    ::ioctl(result.writer.get(), TIOCSWINSZ, &window);
    return result;
}

// False at the end; that of a terminal is an error.
bool take(io::UniqueFd& from, std::string& to) {
    std::array<char, 4096> part{};
    while (from) {
        const ssize_t size = ::read(from.get(), part.data(), part.size());
        if (size < 0 && errno != EIO) {
            return errno == EAGAIN;
        }
        if (size <= 0) {
            from.reset();
            return false;
        }
        to.append(part.data(), static_cast<std::size_t>(size));
    }
    return false;
}

std::vector<std::string> environment_of(const Surroundings& surroundings) {
    std::vector<std::string> result{"LC_ALL=C.UTF-8", "TZ=UTC", "TERM=xterm"};
    for (const char* name :
         {"PATH", "DBUS_SYSTEM_BUS_ADDRESS", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"}) {
        if (const char* value = std::getenv(name); value != nullptr) {
            result.push_back(std::string{name} + '=' + value);
        }
    }
    // The first of a name counts.
    result.insert(result.begin(), surroundings.environment.begin(), surroundings.environment.end());
    return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> result;
    result.reserve(words.size() + 1);
    for (std::string& word : words) {
        result.push_back(word.data());
    }
    result.push_back(nullptr);
    return result;
}

bool become_nobody() {
    return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
           ::setresuid(kNobody, kNobody, kNobody) == 0;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
    Channel out = surroundings.terminal ? make_terminal(*surroundings.terminal) : make_pipe();
    Channel err = make_pipe();
    std::vector<std::string> words{surroundings.program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> environment = environment_of(surroundings);
    const std::vector<char*> word_pointers = pointers_to(words);
    const std::vector<char*> environment_pointers = pointers_to(environment);
    // Nobody may be kept from the build directory, but not from a file that is open already.
    const io::UniqueFd program{::open(surroundings.program.c_str(), O_PATH | O_CLOEXEC)};
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(out.writer.get(), STDOUT_FILENO);
        ::dup2(err.writer.get(), STDERR_FILENO);
        const bool is_there =
            surroundings.directory.empty() || ::chdir(surroundings.directory.c_str()) == 0;
        if (is_there && (!surroundings.as_nobody || become_nobody())) {
            ::fexecve(program.get(), word_pointers.data(), environment_pointers.data());
        }
        ::_exit(127);
    }
    output_ = std::move(out.reader);
    errors_ = std::move(err.reader);
}

Program::~Program() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
}

bool Program::has_ended() {
    const bool has_output = take(output_, output);
    const bool has_errors = take(errors_, errors);
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
        if (!wait_for_more()) {
            send(SIGKILL);
        }
    }
    return *this;
}

bool Program::says(const std::string& text) {
    bool goes_on = !has_ended();
    while (errors.find(text) == std::string::npos && goes_on) {
        goes_on = wait_for_more() && !has_ended();
    }
    return errors.find(text) != std::string::npos;
}

bool Program::wait_for_more() const {
    // A closed descriptor is negative and not looked at.
    std::array<pollfd, 2> fds{pollfd{output_.get(), POLLIN, 0}, pollfd{errors_.get(), POLLIN, 0}};
    return ::poll(fds.data(), fds.size(), kLimitMilliseconds) != 0;
}

}  // namespace miredo::ctl
