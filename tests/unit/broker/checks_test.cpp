// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/checks.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace miredo::broker {
namespace {

void put(const char* address, std::uint8_t length, Request& request) {
    const Ipv6Address value = Ipv6Address::parse(address).value();
    std::copy_n(value.bytes().begin(), 16, request.address.begin());
    request.length = length;
}

Request route(const char* destination, std::uint8_t length) {
    Request request;
    put(destination, length, request);
    request.number = 1024;
    request.table = 254;
    return request;
}

Request rule(std::uint32_t priority, std::uint32_t table, std::uint8_t suppress) {
    Request request;
    put("2001:0:c000:201::1", 128, request);
    request.number = priority;
    request.table = table;
    request.suppress = suppress;
    return request;
}

TEST(CheckedRoute, TakesTheServicesRoutes) {
    const auto teredo = checked_route(route("2001::", 32), 7);
    ASSERT_TRUE(teredo);
    EXPECT_EQ(teredo->index, 7U);
    EXPECT_EQ(teredo->metric, 1024U);
    EXPECT_EQ(teredo->protocol, netlink::kProtocol);
    EXPECT_FALSE(teredo->preferred_source);
    EXPECT_TRUE(checked_route(route("::", 0), 7));
    EXPECT_TRUE(checked_route(route("2001:db8:8000::", 33), 7));
    Request in_table = route("::", 0);
    in_table.table = 3544;
    EXPECT_TRUE(checked_route(in_table, 7));
}

TEST(CheckedRoute, RefusesOthers) {
    EXPECT_FALSE(checked_route(route("2001::", 129), 7));
    EXPECT_FALSE(checked_route(route("2001::1", 32), 7));
    EXPECT_FALSE(checked_route(route("2001:db8:8000::", 32), 7));
    EXPECT_FALSE(checked_route(route("ff00::", 8), 7));
    EXPECT_FALSE(checked_route(route("fe80::", 10), 7));
    EXPECT_FALSE(checked_route(route("::1", 128), 7));
    for (const std::uint32_t table : {0U, 253U, 255U}) {
        Request request = route("::", 0);
        request.table = table;
        EXPECT_FALSE(checked_route(request, 7)) << table;
    }
    Request no_metric = route("::", 0);
    no_metric.number = 0;
    EXPECT_FALSE(checked_route(no_metric, 7));
    Request bad_source = route("::", 0);
    bad_source.other_address[0] = std::byte{0xFF};
    EXPECT_FALSE(checked_route(bad_source, 7));
}

TEST(CheckedRule, TakesTheServicesTwo) {
    const auto suppressing = checked_rule(rule(32764, 254, 1));
    ASSERT_TRUE(suppressing);
    EXPECT_EQ(suppressing->suppress_prefix_length, 0U);
    const auto looking_up = checked_rule(rule(32765, 3544, 0));
    ASSERT_TRUE(looking_up);
    EXPECT_FALSE(looking_up->suppress_prefix_length);
    EXPECT_EQ(looking_up->protocol, netlink::kProtocol);
}

TEST(CheckedRule, RefusesOthers) {
    EXPECT_FALSE(checked_rule(rule(32764, 254, 0)));
    EXPECT_FALSE(checked_rule(rule(32764, 3544, 1)));
    EXPECT_FALSE(checked_rule(rule(32765, 3544, 1)));
    EXPECT_FALSE(checked_rule(rule(32765, 255, 0)));
    EXPECT_FALSE(checked_rule(rule(32765, 0, 0)));
    EXPECT_FALSE(checked_rule(rule(0, 3544, 0)));
    EXPECT_FALSE(checked_rule(rule(32765, 3544, 2)));
    Request wide = rule(32765, 3544, 0);
    wide.length = 32;
    EXPECT_FALSE(checked_rule(wide));
    for (const char* address : {"::", "::1", "fe80::1", "ff02::1", "::ffff:192.0.2.1"}) {
        Request request = rule(32765, 3544, 0);
        put(address, 128, request);
        EXPECT_FALSE(checked_rule(request)) << address;
    }
    EXPECT_EQ(checked_rule(wide).error().error_number, EINVAL);
}

TEST(UnusedFields, EachIsSeen) {
    Request request;
    request.operation = Operation::kFlush;
    EXPECT_TRUE(unused_fields_are_zero(request, 0));
    const auto seen = [](unsigned field, auto set) {
        Request changed;
        set(changed);
        return !unused_fields_are_zero(changed, 0) && unused_fields_are_zero(changed, field) &&
               !unused_fields_are_zero(changed, ~field & 0x3FU);
    };
    EXPECT_TRUE(seen(kNumber, [](Request& r) { r.number = 1; }));
    EXPECT_TRUE(seen(kTable, [](Request& r) { r.table = 1; }));
    EXPECT_TRUE(seen(kAddress, [](Request& r) { r.address[15] = std::byte{1}; }));
    EXPECT_TRUE(seen(kAddress, [](Request& r) { r.length = 1; }));
    EXPECT_TRUE(seen(kOtherAddress, [](Request& r) { r.other_address[0] = std::byte{1}; }));
    EXPECT_TRUE(seen(kSuppress, [](Request& r) { r.suppress = 1; }));
    EXPECT_TRUE(seen(kName, [](Request& r) { r.name[15] = 'x'; }));
    Request reserved;
    reserved.reserved[1] = 1;
    EXPECT_FALSE(unused_fields_are_zero(reserved, 0x3F));
}

}  // namespace
}  // namespace miredo::broker
