// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/values.hpp"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"

namespace miredo::config {
namespace {

template <typename T>
struct Row {
    std::string text;
    std::optional<T> expected;
};

template <typename T>
void expect_rows(ParsedValue<T> (*parse)(std::string_view), const std::vector<Row<T>>& rows) {
    for (const Row<T>& row : rows) {
        SCOPED_TRACE(shown(row.text));
        const ParsedValue<T> value = parse(row.text);
        ASSERT_EQ(value.has_value(), row.expected.has_value());
        if (value) {
            EXPECT_EQ(*value, *row.expected);
        } else {
            // Every reason repeats the value and says what is allowed instead.
            EXPECT_EQ(value.error().rfind(shown(row.text), 0), 0U) << value.error();
        }
    }
}

TEST(Values, Ports) {
    conformance::shows("D4");
    expect_rows<std::uint16_t>(parse_port,
                               {{"0", 0},
                                {"3545", 3545},
                                {"65535", 65535},
                                {"0xDD8", 3544},
                                {"0XdD8", 3544},
                                {"0777", 511},
                                {"00", 0},
                                {"65536", std::nullopt},
                                {"-1", std::nullopt},
                                {"+1", std::nullopt},
                                {"08", std::nullopt},
                                {"0x", std::nullopt},
                                {"0x-1", std::nullopt},
                                {"12a", std::nullopt},
                                {"1.5", std::nullopt},
                                {"", std::nullopt},
                                {"http", std::nullopt},
                                {"99999999999999999999999", std::nullopt}});
}

TEST(Values, Mtus) {
    expect_rows<std::uint16_t>(parse_mtu,
                               {{"1280", 1280},
                                {"65535", 65535},
                                {"0x500", 1280},
                                {"1279", std::nullopt},
                                {"65536", std::nullopt},
                                {"0", std::nullopt},
                                {"1280bytes", std::nullopt}});
}

TEST(Values, Booleans) {
    expect_rows<bool>(parse_boolean,
                      {{"yes", true},
                       {"TRUE", true},
                       {"On", true},
                       {"enabled", true},
                       {"1", true},
                       {"0x10", true},
                       {"no", false},
                       {"False", false},
                       {"off", false},
                       {"disabled", false},
                       {"0", false},
                       {"y", std::nullopt},
                       {"-1", std::nullopt},
                       {"maybe", std::nullopt}});
}

TEST(Values, InterfaceNames) {
    expect_rows<std::string>(parse_interface_name,
                             {{"teredo", "teredo"},
                              {"t", "t"},
                              {"tun-0.5_x", "tun-0.5_x"},
                              {"fifteen-letters", "fifteen-letters"},
                              {"sixteen-letters!", std::nullopt},
                              {"", std::nullopt},
                              {".", std::nullopt},
                              {"..", std::nullopt},
                              {"all", std::nullopt},
                              {"default", std::nullopt},
                              {"a/b", std::nullopt},
                              {"a b", std::nullopt},
                              {"a\tb", std::nullopt},
                              {"a:b", std::nullopt},
                              {"tun%d", std::nullopt},
                              {"\"tun\"", std::nullopt},
                              {"t\x01", std::nullopt},
                              {"t\xC3\xBCr", std::nullopt}});
}

TEST(Values, Servers) {
    expect_rows<std::string>(parse_server,
                             {{"teredo.example.org", "teredo.example.org"},
                              {"teredo.example.org.", "teredo.example.org."},
                              {"localhost", "localhost"},
                              {"4ever.example", "4ever.example"},
                              {"a_b.example", "a_b.example"},
                              {"xn--bcher-kva.example", "xn--bcher-kva.example"},
                              {"192.0.2.221", "192.0.2.221"},
                              {"10.0.0.1", "10.0.0.1"},
                              {"0.0.0.0", std::nullopt},
                              {"0.1.2.3", std::nullopt},
                              {"127.0.0.1", std::nullopt},
                              {"224.0.0.1", std::nullopt},
                              {"239.255.255.250", std::nullopt},
                              {"255.255.255.255", std::nullopt},
                              {"1.2.3", std::nullopt},
                              {"1.2.3.256", std::nullopt},
                              {"1.2.3.4.5", std::nullopt},
                              {"01.2.3.4", std::nullopt},
                              {"192.0.2.1/24", std::nullopt},
                              {"192.0.2.1:3544", std::nullopt},
                              {"0x7f000001", std::nullopt},
                              {"3221226009", std::nullopt},
                              {"99999999999999999999999", std::nullopt},
                              {"2001:db8::1", std::nullopt},
                              {"::ffff:192.0.2.1", std::nullopt},
                              {"-a.example", std::nullopt},
                              {"a-.example", std::nullopt},
                              {"a..example", std::nullopt},
                              {".example", std::nullopt},
                              {".", std::nullopt},
                              {"", std::nullopt},
                              {"b\xC3\xBC"
                               "cher.example",
                               std::nullopt},
                              {"ser ver", std::nullopt},
                              {"\"server\"", std::nullopt},
                              {"http://example.org", std::nullopt}});
}

TEST(Values, LengthsOfHostNames) {
    const std::string label(63, 'a');
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
    ASSERT_EQ(longest.size(), 253U);
    expect_rows<std::string>(parse_server,
                             {{label, label},
                              {label + "a", std::nullopt},
                              {longest, longest},
                              {longest + ".", longest + "."},
                              {longest + "b", std::nullopt}});
}

TEST(Values, BindAddresses) {
    expect_rows<std::string>(parse_bind_address,
                             {{"0.0.0.0", ""},
                              {"127.0.0.1", "127.0.0.1"},
                              {"192.168.1.2", "192.168.1.2"},
                              {"my-host", "my-host"},
                              {"0.0.0.1", std::nullopt},
                              {"224.0.0.1", std::nullopt},
                              {"255.255.255.255", std::nullopt},
                              {"::", std::nullopt},
                              {"1.2.3", std::nullopt},
                              {"*", std::nullopt}});
}

TEST(Values, TeredoPrefixes) {
    struct PrefixRow {
        const char* text;
        const char* expected;  // nullptr: refused
        bool has_more_bits;
    };
    const PrefixRow rows[] = {
        {"2001:0::", "2001::/32", false},
        {"2001:0:1234::", "2001::/32", true},
        {"2001::1", "2001::/32", true},
        {"3ffe:831f::", "3ffe:831f::/32", false},
        {"fd00:1::", "fd00:1::/32", false},
        {"ff01::", nullptr, false},
        {"fe80::", nullptr, false},
        {"::", nullptr, false},
        {"::1", nullptr, false},
        {"::ffff:192.0.2.1", nullptr, false},
        {"2001:0::/32", nullptr, false},
        {"2001", nullptr, false},
        {"192.0.2.1", nullptr, false},
        {"teredo.example", nullptr, false},
    };
    for (const PrefixRow& row : rows) {
        SCOPED_TRACE(row.text);
        const ParsedValue<PrefixValue> value = parse_teredo_prefix(row.text);
        ASSERT_EQ(value.has_value(), row.expected != nullptr);
        if (value) {
            EXPECT_EQ(value->prefix.to_string(), row.expected);
            EXPECT_EQ(value->has_more_bits, row.has_more_bits);
        }
    }
    EXPECT_NE(parse_teredo_prefix("2001:0::/32").error().find("without a length"),
              std::string::npos);
}

TEST(Values, SyslogFacilities) {
    expect_rows<std::uint8_t>(parse_syslog_facility,
                              {{"daemon", kDaemonFacility},
                               {"kern", 0},
                               {"AuthPriv", 10},
                               {"LOCAL0", 16},
                               {"local7", 23},
                               {"local8", std::nullopt},
                               {"", std::nullopt},
                               {"daemons", std::nullopt},
                               {"3", std::nullopt}});
}

TEST(Values, AreShownSafely) {
    EXPECT_EQ(shown("teredo.example"), "teredo.example");
    EXPECT_EQ(shown(""), "\"\"");
    EXPECT_EQ(shown("a b"), "\"a b\"");
    EXPECT_EQ(shown("a\"b\\"), "\"a\\\"b\\\\\"");
    EXPECT_EQ(shown("\x1b[31m\n"), "\"\\x1b[31m\\x0a\"");
    EXPECT_EQ(shown("\xC3\xBC"), "\"\\xc3\\xbc\"");
    EXPECT_EQ(shown(std::string_view{"\0", 1}), "\"\\x00\"");
    EXPECT_EQ(shown(std::string(65, 'x')), '"' + std::string(64, 'x') + "…\" (65 bytes)");
}

TEST(Values, IgnoreCaseInAsciiOnly) {
    EXPECT_TRUE(equal_ignoring_case("BindPort", "bINDpORT"));
    EXPECT_FALSE(equal_ignoring_case("BindPort", "BindPor"));
    EXPECT_FALSE(equal_ignoring_case("[", "{"));
    EXPECT_TRUE(equal_ignoring_case("", ""));
}

}  // namespace
}  // namespace miredo::config
