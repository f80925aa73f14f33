// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/protocol.hpp"

#include <string>

#include <gtest/gtest.h>

#include "broker/reply.hpp"

namespace miredo::broker {
namespace {

TEST(InterfaceName, AcceptsWhatTheKernelTakes) {
    for (const char* name : {"teredo", "t", "teredo0", "te.re-do_1", "fifteen-letters"}) {
        EXPECT_TRUE(is_valid_interface_name(name)) << name;
    }
}

TEST(InterfaceName, RefusesWhatWouldSurprise) {
    for (const char* name : {"",
                             ".",
                             "..",
                             "all",
                             "default",
                             "sixteen-letters!",
                             "a/b",
                             "../all",
                             "a:1",
                             "tun%d",
                             "a b",
                             "a\tb",
                             "a\nb",
                             "caf\xC3\xA9",
                             "a\x7F"}) {
        EXPECT_FALSE(is_valid_interface_name(name)) << name;
    }
    EXPECT_FALSE(is_valid_interface_name(std::string_view{"a\0b", 3}));
}

TEST(Reply, CarriesAnError) {
    const Error error{"cannot create the tunnel device", "teredo", 16, "Choose another name"};
    Reply reply;
    reply.ok = 1;
    put_error(error, reply);
    EXPECT_EQ(reply.ok, 0U);
    EXPECT_EQ(get_error(reply).to_string(), error.to_string());
}

TEST(Reply, CutsLongTextsAndStopsAtItsOwnEnd) {
    Reply reply;
    put_error({std::string(1000, 'w'), std::string(1000, 'x'), 1, std::string(1000, 'r')}, reply);
    const Error cut = get_error(reply);
    EXPECT_EQ(cut.what, std::string(reply.what.size() - 1, 'w'));
    EXPECT_EQ(cut.where, std::string(reply.where.size() - 1, 'x'));
    EXPECT_EQ(cut.remedy, std::string(reply.remedy.size() - 1, 'r'));
    // What a broken peer could send: no final zero.
    reply.what.fill('z');
    EXPECT_EQ(get_error(reply).what, std::string(reply.what.size(), 'z'));
}

}  // namespace
}  // namespace miredo::broker
