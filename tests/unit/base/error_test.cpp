// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// How an error reads, with each part there or missing.
#include "base/error.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace miredo {
namespace {

struct Row {
    Error error;
    const char* text;
};

TEST(Error, ReadsAsPlaceCauseReasonRemedy) {
    const Row rows[] = {
        {{"no server", "", 0, ""}, "no server"},
        {{"no server", "miredo.conf:3", 0, ""}, "miredo.conf:3: no server"},
        {{"cannot open", "", ENOENT, ""}, "cannot open: No such file or directory"},
        {{"no server", "", 0, "Add ServerAddress"}, "no server. Add ServerAddress"},
        {{"cannot create the device", "teredo", EPERM, "Run as root"},
         "teredo: cannot create the device: Operation not permitted. Run as root"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(row.error.to_string(), row.text);
    }
}

}  // namespace
}  // namespace miredo
