// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/log_record.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace miredo::daemon {
namespace {

bool is_instance(std::string_view subject) {
    static constexpr std::array<std::string_view, 3> kInstances{"client", "relay", "server"};
    return std::find(kInstances.begin(), kInstances.end(), subject) != kInstances.end();
}

}  // namespace

std::vector<Field> fields_of(const Error& error) {
    if (error.error_number == 0) {
        return {};
    }
    return {{"ERRNO", std::to_string(error.error_number)}};
}

std::string text_of(const LogRecord& record) {
    return record.subject.empty() ? record.text
                                  : fmt::format("{}: {}", record.subject, record.text);
}

std::vector<std::string> journal_fields(const LogRecord& record, const LogIdentity& identity) {
    std::vector<std::string> fields{
        "MESSAGE=" + text_of(record),
        fmt::format("PRIORITY={}", static_cast<unsigned>(record.level)),
        "SYSLOG_IDENTIFIER=" + identity.program,
        fmt::format("SYSLOG_FACILITY={}", identity.facility),
    };
    if (!record.message_id.empty()) {
        fields.push_back(fmt::format("MESSAGE_ID={}", record.message_id));
    }
    if (record.where.line != 0) {
        fields.push_back(fmt::format("CODE_FILE={}", record.where.file));
        fields.push_back(fmt::format("CODE_LINE={}", record.where.line));
    }
    if (is_instance(record.subject)) {
        fields.push_back("MIREDO_INSTANCE=" + record.subject);
    }
    for (const Field& field : record.fields) {
        fields.push_back(fmt::format("{}={}", field.name, field.value));
    }
    return fields;
}

}  // namespace miredo::daemon
