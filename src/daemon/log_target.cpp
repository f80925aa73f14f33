// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/log_target.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <paths.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

// Fields of the place are the record's own.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

namespace miredo::daemon {
namespace {

constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

void write_line(int descriptor, std::string_view line) {
    while (!line.empty()) {
        const ssize_t written = ::write(descriptor, line.data(), line.size());
        if (written <= 0) {
            return;
        }
        line.remove_prefix(static_cast<std::size_t>(written));
    }
}

bool is_listening(const char* path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
        const io::UniqueFd socket{::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)};
        if (socket &&
            ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
                0) {
            return true;
        }
    }
    return false;
}

}  // namespace

void TextTarget::write(const LogRecord& record) {
    const std::string prefix = prefix_ == Prefix::kLevel
                                   ? fmt::format("<{}>", static_cast<unsigned>(record.level))
                                   : std::string{};
    write_line(descriptor_, prefix + text_of(record) + '\n');
}

void JournalTarget::write(const LogRecord& record) {
    std::vector<std::string> fields = journal_fields(record, identity_);
    std::vector<iovec> vectors(fields.size());
    std::transform(fields.begin(), fields.end(), vectors.begin(), [](std::string& field) {
        return iovec{field.data(), field.size()};
    });
    if (::sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size())) < 0) {
        text_.write(record);
    }
}

SyslogTarget::SyslogTarget(LogIdentity identity, io::UniqueFd nothing)
    : identity_{std::move(identity)}, nothing_{std::move(nothing)} {
    ::openlog(identity_.program.c_str(), LOG_PID | LOG_NDELAY, identity_.facility << 3);
}

SyslogTarget::~SyslogTarget() {
    ::closelog();
}

std::shared_ptr<LogTarget> SyslogTarget::connect(LogIdentity identity) {
    if (!is_listening(_PATH_LOG)) {
        return nullptr;
    }
    io::UniqueFd nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (!nothing) {
        return nullptr;
    }
    return std::shared_ptr<LogTarget>{new SyslogTarget{std::move(identity), std::move(nothing)}};
}

void SyslogTarget::take_over() {
    (void)::dup2(nothing_.get(), STDERR_FILENO);
    nothing_.reset();
}

void SyslogTarget::write(const LogRecord& record) {
    ::syslog(static_cast<int>(record.level), "%s", text_of(record).c_str());
}

bool is_journal_stream(const char* journal_stream, int descriptor) {
    struct stat status {};
    if (journal_stream == nullptr || ::fstat(descriptor, &status) != 0) {
        return false;
    }
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == journal_stream;
}

std::shared_ptr<LogTarget> choose_target(LogIdentity identity) {
    if (!is_journal_stream(std::getenv("JOURNAL_STREAM"), STDERR_FILENO)) {
        return std::make_shared<TextTarget>(STDERR_FILENO, TextTarget::Prefix::kNone);
    }
    // sd_journal_sendv(3) calls it a success when there is no socket.
    if (::access(kJournalSocket, F_OK) != 0) {
        return std::make_shared<TextTarget>(STDERR_FILENO, TextTarget::Prefix::kLevel);
    }
    return std::make_shared<JournalTarget>(std::move(identity));
}

std::shared_ptr<LogTarget> choose_background_target(LogIdentity identity) {
    if (is_journal_stream(std::getenv("JOURNAL_STREAM"), STDERR_FILENO)) {
        return nullptr;
    }
    return SyslogTarget::connect(std::move(identity));
}

}  // namespace miredo::daemon
