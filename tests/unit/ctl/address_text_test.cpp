// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/address_text.hpp"

#include "ctl/address_kind.hpp"
#include "golden.hpp"
#include "wire/ipv4_filter.hpp"

namespace miredo::ctl {
namespace {

wire::TeredoAddress decoded(const char* text) {
    const Outcome<wire::TeredoAddress> address = parse_teredo_address(text);
    EXPECT_TRUE(address) << text;
    return address ? *address : wire::TeredoAddress{};
}

TEST(AddressText, SaysWhatIsInside) {
    std::string text;
    for (const char* address : {"2001:0:53aa:64c:2c31:f226:3fff:fdf1",   // random bits
                                "2001:0:4136:e378:8000:63bf:3fff:fdd2",  // cone
                                "2001:0:4136:e378:0:63bf:3f57:fefe",     // private
                                "2001:0:0:0:ffff:ffff:ffff:ffff"}) {     // nothing as it should be
        text += (text.empty() ? "" : "\n") + address_text(decoded(address), {});
    }
    expect_golden(text, "decode.txt");
}

TEST(AddressText, Json) {
    const Json element = address_json(decoded("2001:0:53aa:64c:ac31:f226:3f57:fefe"));
    expect_golden(addresses_json(Json::array({element})).dump(2) + '\n', "decode.json");
}

TEST(AddressText, RefusesOtherAddresses) {
    EXPECT_EQ(parse_teredo_address("2606::1").error().status, ExitStatus::kFailure);
    EXPECT_EQ(parse_teredo_address("2001:1::").error().status, ExitStatus::kFailure);
    EXPECT_EQ(parse_teredo_address("192.0.2.1").error().status, ExitStatus::kUsage);
    EXPECT_EQ(parse_teredo_address("").error().status, ExitStatus::kUsage);
    EXPECT_NE(parse_teredo_address("3ffe:831f::1").error().message.find("RFC 4380"),
              std::string::npos);
}

// RFC 6081 §3, figures 2 and 3.
TEST(AddressText, EncodesTheRfcsAddresses) {
    const auto encoded = [](const char* server, const char* mapped, std::uint16_t flags) {
        const Outcome<wire::TeredoAddress> address = encode_address(server, mapped, flags);
        return address ? address->to_ipv6().to_string() : address.error().message;
    };
    EXPECT_EQ(encoded("203.0.113.120", "192.0.2.1:4096", 0), "2001:0:cb00:7178:0:efff:3fff:fdfe");
    EXPECT_EQ(encoded("198.51.100.118", "192.0.2.10:8192", 0), "2001:0:c633:6476:0:dfff:3fff:fdf5");
    EXPECT_EQ(encoded("65.54.227.120", "192.0.2.45:40000", 0x8000),
              "2001:0:4136:e378:8000:63bf:3fff:fdd2");
    EXPECT_EQ(encoded("65.54.227.120", "192.0.2.45", 0), "2001:0:4136:e378:0:f227:3fff:fdd2");
}

TEST(AddressText, EncodeRefusesWhatIsNoAddressOrPort) {
    for (const auto& [server, mapped] : {std::pair{"192.0.2", "192.0.2.1:1"},
                                         std::pair{"192.0.2.1", "x:1"},
                                         std::pair{"192.0.2.1", "192.0.2.1:65536"},
                                         std::pair{"192.0.2.1", "192.0.2.1:"},
                                         std::pair{"", ""}}) {
        const Outcome<wire::TeredoAddress> address = encode_address(server, mapped, 0);
        ASSERT_FALSE(address) << server << ' ' << mapped;
        EXPECT_EQ(address.error().status, ExitStatus::kUsage);
    }
}

TEST(AddressKind, SaysTheSameAsTheFilter) {
    const wire::Ipv4Filter filter;
    const auto check = [&](Ipv4Address address) {
        EXPECT_EQ(special_kind(address).empty(), filter.is_usable(address)) << address.to_string();
    };
    const auto check_edges = [&](const Ipv4Prefix& block) {
        check(block.first());
        check(block.last());
        check(Ipv4Address{block.first().value() - 1});
        check(Ipv4Address{block.last().value() + 1});
    };
    for (const Ipv4Prefix& block : wire::kAlwaysRefusedBlocks) {
        check_edges(block);
    }
    for (const Ipv4Prefix& block : wire::kNotGlobalBlocks) {
        check_edges(block);
    }
    check(Ipv4Address{83, 170, 6, 76});
    EXPECT_EQ(special_kind(Ipv4Address{255, 255, 255, 255}), "broadcast");
    EXPECT_EQ(special_kind(Ipv4Address{172, 31, 255, 255}), "private");
}

}  // namespace
}  // namespace miredo::ctl
