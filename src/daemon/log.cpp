// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/log.hpp"

#include <iterator>

namespace miredo::daemon {

Log::~Log() {
    stop();
}

Expected<void> Log::start() {
    auto thread = LogThread::start(target_);
    if (!thread) {
        return Failure{thread.error()};
    }
    thread_ = std::move(*thread);
    target_.reset();
    return {};
}

void Log::stop() {
    if (thread_) {
        target_ = thread_->stop();
        thread_.reset();
    }
}

void Log::switch_to(std::shared_ptr<LogTarget> target) {
    if (thread_) {
        (void)thread_->switch_to(std::move(target));
        return;
    }
    target_ = std::move(target);
    target_->take_over();
}

void Log::write(Level level,
                std::string_view subject,
                std::string_view text,
                CodeLocation where) const {
    put({level, {}, std::string{subject}, std::string{text}, {}, where});
}

void Log::event(const MessageKind& kind,
                std::string_view subject,
                std::vector<Field> fields,
                std::string_view text,
                CodeLocation where) const {
    put({kind.level, kind.id, std::string{subject}, std::string{text}, std::move(fields), where});
}

void Log::event(const MessageKind& kind,
                std::string_view subject,
                std::vector<Field> fields,
                const Error& error,
                CodeLocation where) const {
    std::vector<Field> more = fields_of(error);
    std::move(more.begin(), more.end(), std::back_inserter(fields));
    event(kind, subject, std::move(fields), error.to_string(), where);
}

void Log::error(std::string_view subject, const Error& error, CodeLocation where) const {
    put({Level::kError, {}, std::string{subject}, error.to_string(), fields_of(error), where});
}

void Log::put(LogRecord record) const {
    if (thread_) {
        thread_->put(std::move(record));
    } else if (target_) {
        target_->write(record);
    }
}

}  // namespace miredo::daemon
