// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/file.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
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

Failure<Error>
failure(const std::string& path, std::string what, int error_number = 0, std::string remedy = {}) {
    return Failure{Error{std::move(what), path, error_number, std::move(remedy)}};
}

Expected<void>
check_private(const struct stat& status, const std::string& path, const FileRules& rules) {
    constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
    if ((status.st_mode & kOthers) != 0) {
        return failure(path,
                       fmt::format("the {} has mode {:04o}, which is not for its owner alone: it "
                                   "is not read",
                                   rules.noun,
                                   status.st_mode & 07777U),
                       0,
                       "chmod 600 " + path);
    }
    if (status.st_uid != 0 && status.st_uid != rules.owner) {
        return failure(path,
                       fmt::format("the {} belongs to user {}, neither to root nor to the one "
                                   "that miredo runs as ({}): it is not read",
                                   rules.noun,
                                   status.st_uid,
                                   rules.owner),
                       0,
                       "chown root " + path);
    }
    return {};
}

Expected<std::string> read_all(int descriptor, const std::string& path, const FileRules& rules) {
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
            return failure(path, fmt::format("cannot read the {}", rules.noun), errno);
        }
        text.append(block.data(), static_cast<std::size_t>(count));
        if (text.size() > kMaxFileSize) {
            return failure(
                path,
                fmt::format("the file is too large for a {}, at most 1 MiB is read", rules.noun));
        }
    }
}

}  // namespace

Expected<std::string> read_file(const std::string& path, const FileRules& rules) {
    if (path.find('\0') != std::string::npos) {
        return failure(path, fmt::format("cannot open the {}", rules.noun), EINVAL);
    }
    // O_NONBLOCK: the opening of a pipe without a writer must not wait for one.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (file.number() < 0) {
        return failure(path, fmt::format("cannot open the {}", rules.noun), errno);
    }
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) {
        return failure(path, fmt::format("cannot examine the {}", rules.noun), errno);
    }
    if (S_ISDIR(status.st_mode)) {
        return failure(path, fmt::format("is a directory, expected a {}", rules.noun));
    }
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) {
        return failure(path, "is not a regular file");
    }
    if (rules.is_private) {
        if (auto done = check_private(status, path, rules); !done) {
            return Failure{done.error()};
        }
    }
    return read_all(file.number(), path, rules);
}

}  // namespace miredo::config
