// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/log_record.hpp"

#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/message_ids.hpp"

namespace miredo::daemon {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

TEST(TextOf, begins_with_the_subject_where_there_is_one) {
    EXPECT_EQ(text_of({Level::kInfo, {}, "client", "qualified", {}, {}}), "client: qualified");
    EXPECT_EQ(text_of({Level::kInfo, {}, "", "f.conf:1: error: no", {}, {}}),
              "f.conf:1: error: no");
}

TEST(JournalFields, hold_everything_a_record_tells) {
    const LogRecord record{Level::kWarning,
                           message::kStateChanged.id,
                           "client",
                           "failed: no-reply",
                           {{"MIREDO_STATE", "failed"}, {"MIREDO_REASON", "no-reply"}},
                           {"client_instance.cpp", 42}};
    EXPECT_THAT(journal_fields(record, {"miredo-server", 19}),
                ElementsAre("MESSAGE=client: failed: no-reply",
                            "PRIORITY=4",
                            "SYSLOG_IDENTIFIER=miredo-server",
                            "SYSLOG_FACILITY=19",
                            "MESSAGE_ID=199f2dedbc4a4d7fb194099aff4f6563",
                            "CODE_FILE=client_instance.cpp",
                            "CODE_LINE=42",
                            "MIREDO_INSTANCE=client",
                            "MIREDO_STATE=failed",
                            "MIREDO_REASON=no-reply"));
}

TEST(JournalFields, leave_out_what_is_not_known) {
    EXPECT_THAT(journal_fields({Level::kInfo, {}, "configuration", "reloaded", {}, {}}, {}),
                ElementsAre("MESSAGE=configuration: reloaded",
                            "PRIORITY=6",
                            "SYSLOG_IDENTIFIER=miredo",
                            "SYSLOG_FACILITY=3"));
}

TEST(JournalFields, name_each_instance) {
    for (const char* instance : {"client", "relay", "server"}) {
        EXPECT_THAT(journal_fields({Level::kInfo, {}, instance, "started", {}, {}}, {}),
                    Contains(std::string{"MIREDO_INSTANCE="} + instance));
    }
    EXPECT_THAT(journal_fields({Level::kInfo, {}, "clients", "?", {}, {}}, {}),
                Not(Contains(StartsWith("MIREDO_INSTANCE="))));
}

TEST(FieldsOf, an_error_has_its_number_where_there_is_one) {
    EXPECT_THAT(fields_of(Error{"x", "", EPERM, ""}), ElementsAre(Field{"ERRNO", "1"}));
    EXPECT_TRUE(fields_of(Error{"x", "", 0, ""}).empty());
}

}  // namespace
}  // namespace miredo::daemon
