// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/pid_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace miredo {
namespace {

constexpr mode_t kMode = 0644;

}  // namespace

Expected<PidFile> PidFile::create(const std::string& path) {
    io::UniqueFd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode)};
    if (!file) {
        return Failure{
            Error{"cannot create the PID file", path, errno, "Name another one with -p"}};
    }
    // flock and not lockf: the lock stays with the file when this process forks and ends.
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        return Failure{Error{"another instance is running", path, EAGAIN, "Stop it first"}};
    }
    return PidFile{path, std::move(file)};
}

PidFile::~PidFile() {
    if (file_ && ::unlink(path_.c_str()) != 0) {
        (void)!::ftruncate(file_.get(), 0);
    }
}

Expected<void> PidFile::write() const {
    const std::string text = std::to_string(::getpid());
    if (::ftruncate(file_.get(), 0) != 0 ||
        ::pwrite(file_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return Failure{Error{"cannot write the PID file", path_, errno, {}}};
    }
    return {};
}

}  // namespace miredo
