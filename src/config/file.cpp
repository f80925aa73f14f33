// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/file.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace miredo::config {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int number) : number_{number} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

Failure<Error> failure(const std::string& path, std::string what, int error_number = 0) {
    return Failure{Error{std::move(what), path, error_number, {}}};
}

Expected<std::string> read_all(int descriptor, const std::string& path) {
    std::string text;
    std::array<char, 16384> block{};
    for (;;) {
        const ssize_t count = ::read(descriptor, block.data(), block.size());
        if (count == 0) {
            return text;
        }
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return failure(path, "cannot read the configuration file", errno);
        }
        text.append(block.data(), static_cast<std::size_t>(count));
        if (text.size() > kMaxFileSize) {
            return failure(path,
                           "the file is too large for a configuration, at most 1 MiB is read");
        }
    }
}

}  // namespace

Expected<std::string> read_file(const std::string& path) {
    if (path.find('\0') != std::string::npos) {
        return failure(path, "cannot open the configuration file", EINVAL);
    }
    // O_NONBLOCK: the opening of a pipe without a writer must not wait for one.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (file.number() < 0) {
        return failure(path, "cannot open the configuration file", errno);
    }
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) {
        return failure(path, "cannot examine the configuration file", errno);
    }
    if (S_ISDIR(status.st_mode)) {
        return failure(path, "is a directory, expected a configuration file");
    }
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
        return failure(path, "is not a regular file");
    }
    return read_all(file.number(), path);
}

}  // namespace miredo::config
