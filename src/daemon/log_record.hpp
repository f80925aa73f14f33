// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One thing to say, as a value, and its two written forms: a line of text, and the fields of
// systemd.journal-fields(7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace miredo::daemon {

// syslog(3) priorities.
enum class Level : std::uint8_t { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6, kDebug = 7 };

// A field of the journal. `name` is a literal in upper case, "MIREDO_STATE"; any value will do.
struct Field {
    std::string_view name;
    std::string value;

    friend bool operator==(const Field&, const Field&) = default;
};

// ERRNO where a system call is behind the error, else nothing.
[[nodiscard]] std::vector<Field> fields_of(const Error& error);

// What has a MESSAGE_ID; all of them are in message_ids.hpp.
struct MessageKind {
    std::string_view id;  // 128 bits as 32 hexadecimal digits in lower case, made once
    Level level = Level::kInfo;

    // The same kind, said more or less loudly.
    [[nodiscard]] constexpr MessageKind at(Level other) const { return {id, other}; }
};

// A place in the source text; as a default argument that of the call.
struct CodeLocation {
    const char* file = "";
    int line = 0;

    // clang 14 has no std::source_location.
    [[nodiscard]] static constexpr CodeLocation here(const char* file = __builtin_FILE(),
                                                     int line = __builtin_LINE()) {
        return {file, line};
    }
};

struct LogRecord {
    Level level = Level::kInfo;
    std::string_view message_id;  // empty: of no kind
    std::string subject;          // the instance or part that speaks, "client"; may be empty
    std::string text;
    std::vector<Field> fields;
    CodeLocation where;
};

// "subject: text".
[[nodiscard]] std::string text_of(const LogRecord& record);

// Who speaks, the same in every record of a process.
struct LogIdentity {
    std::string program = "miredo";
    std::uint8_t facility = 3;  // number of RFC 5424 §6.2.1; 3: daemon
};

// "NAME=value", as sd_journal_sendv(3) takes them. The subject is MIREDO_INSTANCE where it is the
// name of one.
[[nodiscard]] std::vector<std::string> journal_fields(const LogRecord& record,
                                                      const LogIdentity& identity);

}  // namespace miredo::daemon
