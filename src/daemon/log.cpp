// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/log.hpp"

#include <iterator>

namespace miredo::daemon {

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
    target_->write(record);
}

}  // namespace miredo::daemon
