// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Router Solicitation and Advertisement (RFC 4380 §5.3.2, RFC 5991 §3.2, RFC 4861 §6.1.1).
#include <array>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "unit/teredo/server_fixture.hpp"
#include "wire/checksum.hpp"

namespace miredo::teredo {
namespace {

class ServerAdvertisementTest : public ServerTest {
  protected:
    static ByteVector solicitation_from(std::string_view source) {
        return concatenate(
            {wire::build_router_solicitation(Ipv6Address::parse(source).value()).bytes()});
    }
    // `options` behind an otherwise ordinary solicitation, checksum right.
    static ByteVector with_options(std::string_view options) {
        ByteVector packet = concatenate({from_hex(kSolicitation), from_hex(options)});
        store_be16(MutableBytes{packet}.subspan(4), static_cast<std::uint16_t>(packet.size() - 40));
        fix_checksum(packet);
        return packet;
    }
    static void fix_checksum(ByteVector& packet) {
        const MutableBytes bytes{packet};
        store_be16(bytes.subspan(42), 0);
        store_be16(bytes.subspan(42),
                   wire::pseudo_header_checksum(Ipv6Address::load(bytes.subspan(8)),
                                                Ipv6Address::load(bytes.subspan(24)),
                                                wire::kIcmpv6,
                                                bytes.subspan(40)));
    }
    static ByteVector full_advertisement(std::string_view advertisement) {
        return concatenate(
            {from_hex(kAuthentication), from_hex(kOriginA), from_hex(advertisement)});
    }
};

// S6, S8 W8, S21, S23, S24, S27, S28, S33: byte for byte.
TEST_F(ServerAdvertisementTest, AnswersASolicitationWithTheVector) {
    conformance::shows("W8", "S6", "S21", "S23", "S24", "S27", "S28", "S33");
    receive(concatenate({from_hex(kAuthentication), from_hex(kSolicitation)}));
    expect_sent(kClientA, full_advertisement(kAdvertisement));
    EXPECT_EQ(counters().advertisements_sent, 1U);
    expect_conservation();
}

// S25, S26: the four rows of the table.
TEST_F(ServerAdvertisementTest, ConeBitChoosesTheAddress) {
    conformance::shows("S25", "S26");
    struct Row {
        ServiceSocket received_on;
        std::string_view solicitation;
        ServiceSocket sent_from;
        std::string_view advertisement;
    };
    constexpr auto kPrimary = ServiceSocket::kPrimary;
    constexpr auto kSecondary = ServiceSocket::kSecondary;
    constexpr std::array kRows{
        Row{kPrimary, kSolicitation, kPrimary, kAdvertisement},
        Row{kPrimary, kConeSolicitation, kSecondary, kConeAdvertisement},
        Row{kSecondary, kSolicitation, kSecondary, kAdvertisement},
        Row{kSecondary, kConeSolicitation, kPrimary, kConeAdvertisement},
    };
    for (const Row& row : kRows) {
        receive(concatenate({from_hex(kAuthentication), from_hex(row.solicitation)}),
                kClientA,
                row.received_on);
        expect_sent(kClientA, full_advertisement(row.advertisement), row.sent_from);
    }
}

TEST_F(ServerAdvertisementTest, SingleAddressCannotAnswerConeSolicitations) {
    ServerSettings settings = default_settings();
    settings.secondary.reset();
    configure(std::move(settings));
    receive(kConeSolicitation);
    expect_drop(DropReason::kNoOtherAddress);
    receive(kSolicitation);
    expect_sent(kClientA, concatenate({from_hex(kOriginA), from_hex(kAdvertisement)}));
}

// S31: nothing stale of the client before.
TEST_F(ServerAdvertisementTest, EchoesAuthenticationOnlyWhereThereWasOne) {
    conformance::shows("S31");
    receive(concatenate({from_hex(kAuthentication), from_hex(kSolicitation)}));
    clear();
    receive(kSolicitation);
    expect_sent(kClientA, concatenate({from_hex(kOriginA), from_hex(kAdvertisement)}));
}

// S28: the identifier and the nonce come back, the value does not, and the key counts as valid.
TEST_F(ServerAdvertisementTest, EchoesIdentifierWithoutValue) {
    conformance::shows("S28");
    receive(concatenate({from_hex("000103026162635566"
                                  "0102030405060708"
                                  "01"),
                         from_hex(kSolicitation)}));
    expect_sent(kClientA,
                concatenate({from_hex("00010300616263"
                                      "0102030405060708"
                                      "00"),
                             from_hex(kOriginA),
                             from_hex(kAdvertisement)}));
}

TEST_F(ServerAdvertisementTest, EchoesTheLongestIdentifier) {
    conformance::shows("S28");
    const ByteVector identifier(255, std::byte{0x5A});
    const ByteVector nonce = from_hex("0102030405060708");
    const ByteVector zero(1, std::byte{0});
    receive(concatenate({from_hex("0001ffff"),
                         identifier,
                         ByteVector(255, std::byte{0xA5}),
                         nonce,
                         zero,
                         from_hex(kSolicitation)}));
    expect_sent(kClientA,
                concatenate({from_hex("0001ff00"),
                             identifier,
                             nonce,
                             zero,
                             from_hex(kOriginA),
                             from_hex(kAdvertisement)}));
}

// S21, section 2.2: whatever the link-local source, it is what the answer goes to, unchanged.
TEST_F(ServerAdvertisementTest, AnswersEveryLinkLocalSource) {
    conformance::shows("S6", "S21");
    for (const std::string_view source : {"fe80::ffff:ffff:ffff",
                                          "fe80::5445:5245:444f",
                                          "fe80::38c7:3f57:fef8",
                                          "fe80::8000:5445:5245:444f",
                                          "fe80::1"}) {
        receive(solicitation_from(source));
        ASSERT_EQ(sent_.size(), 1U) << source;
        const auto answer = wire::TeredoDatagram::parse(sent_[0].bytes);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->packet.destination().to_string(), source);
        EXPECT_TRUE(wire::parse_router_advertisement(answer->packet));
        clear();
    }
}

TEST_F(ServerAdvertisementTest, AnswersASolicitationToItsLinkLocalAddress) {
    const Ipv6Address own = wire::teredo_link_local(wire::kConeFlag, {kServer, 3544});
    ByteVector packet = from_hex(kSolicitation);
    std::ranges::copy(own.bytes(), packet.begin() + 24);
    fix_checksum(packet);
    receive(packet);
    expect_sent(kClientA, concatenate({from_hex(kOriginA), from_hex(kAdvertisement)}));
    packet[39] ^= std::byte{1};
    fix_checksum(packet);
    receive(packet);
    expect_drop(DropReason::kNotBubbleNorEcho);
}

TEST_F(ServerAdvertisementTest, AcceptsOptions) {
    receive(with_options("0101020304050607"));
    expect_sent(kClientA, concatenate({from_hex(kOriginA), from_hex(kAdvertisement)}));
}

// S32, C6: RFC 4861 §6.1.1.
TEST_F(ServerAdvertisementTest, InvalidSolicitationIsDropped) {
    conformance::shows("S32", "T-C6", "T-B10");
    ByteVector low_hop_limit = from_hex(kSolicitation);
    low_hop_limit[7] = std::byte{254};
    ByteVector bad_checksum = from_hex(kSolicitation);
    bad_checksum[43] ^= std::byte{1};
    ByteVector code = from_hex(kSolicitation);
    code[41] = std::byte{1};
    fix_checksum(code);
    ByteVector too_short = from_hex(kSolicitation);
    too_short.resize(44);
    store_be16(MutableBytes{too_short}.subspan(4), 4);
    fix_checksum(too_short);
    ByteVector other_type = from_hex(kSolicitation);
    other_type[40] = std::byte{135};
    fix_checksum(other_type);
    for (const ByteVector& packet :
         {low_hop_limit,
          bad_checksum,
          code,
          too_short,
          other_type,
          with_options("0100000000000000"),
          with_options("0102000000000000"),
          solicitation_from("::"),
          solicitation_from("2001:db8::1"),
          solicitation_from("2001:0:cb00:7178:0:f000:39cc:9b89"),
          bubble(Ipv6Address{0xfe80000000000000U, 1}, wire::kAllRouters)}) {
        receive(packet);
        expect_drop(DropReason::kSolicitationInvalid);
    }
}

// S5, S22, C6: never an answer to where nobody could have asked from.
TEST_F(ServerAdvertisementTest, UnusableOuterSourceIsDropped) {
    conformance::shows("S5", "S22", "T-C6");
    use_strict_filter();
    for (const std::string_view address : {"0.0.0.0",
                                           "10.0.0.1",
                                           "100.64.0.1",
                                           "127.0.0.1",
                                           "169.254.1.1",
                                           "172.16.0.1",
                                           "192.0.2.1",
                                           "192.88.99.1",
                                           "192.168.0.1",
                                           "198.18.0.1",
                                           "224.0.0.253",
                                           "240.1.1.1",
                                           "255.255.255.255"}) {
        receive(kSolicitation, {Ipv4Address::parse(address).value(), 4095});
        expect_drop(DropReason::kOuterSourceUnusable);
    }
    receive(kSolicitation, {Ipv4Address{8, 8, 4, 4}, 0});
    expect_drop(DropReason::kOuterSourceUnusable);
    receive(kSolicitation, {Ipv4Address{8, 8, 4, 4}, 1});
    EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(ServerAdvertisementTest, RefusesDirectedBroadcasts) {
    ServerSettings settings = default_settings();
    settings.surroundings.filter = wire::Ipv4Filter{true, {Ipv4Address{203, 0, 113, 255}}};
    configure(std::move(settings));
    receive(kSolicitation, {Ipv4Address{203, 0, 113, 255}, 4095});
    expect_drop(DropReason::kOuterSourceUnusable);
}

// S33, and the address it advertises is always the primary one.
TEST_F(ServerAdvertisementTest, AdvertisesTheSettings) {
    conformance::shows("S24");
    ServerSettings settings = default_settings();
    settings.advertised_mtu = 1400;
    settings.prefix = Ipv6Prefix{Ipv6Address{0x3ffe831f00000000U, 0}, 32};
    configure(std::move(settings));
    receive(kSolicitation, kClientA, ServiceSocket::kSecondary);
    ASSERT_EQ(sent_.size(), 1U);
    const auto answer = wire::TeredoDatagram::parse(sent_[0].bytes);
    ASSERT_TRUE(answer);
    const auto advertisement = wire::parse_router_advertisement(answer->packet);
    ASSERT_TRUE(advertisement);
    EXPECT_EQ(advertisement->mtu, 1400U);
    EXPECT_EQ(advertisement->prefix_count, 1);
    EXPECT_EQ(advertisement->prefix.to_string(), "3ffe:831f:cb00:7178::/64");
}

// C3: with IPv4 and UDP headers counted, at most 1.75 times what was asked with.
TEST_F(ServerAdvertisementTest, AmplifiesAsLittleAsTheFormatAllows) {
    conformance::shows("T-C3");
    for (const ByteVector& asked :
         {from_hex(kSolicitation),
          concatenate({from_hex(kAuthentication), from_hex(kSolicitation)}),
          concatenate({from_hex("0001ff00"), ByteVector(264), from_hex(kSolicitation)})}) {
        receive(asked);
        ASSERT_EQ(sent_.size(), 1U);
        EXPECT_LE(4 * (sent_[0].bytes.size() + 28), 7 * (asked.size() + 28));
        clear();
    }
}

// RFC 4380 §5.1.1: nobody but a server says what an origin is.
TEST_F(ServerAdvertisementTest, SolicitationWithOriginIsDropped) {
    receive(concatenate({from_hex(kOriginA), from_hex(kSolicitation)}));
    expect_drop(DropReason::kFromServer);
}

// Secure qualification: RFC 4380 §5.2.2, §5.3.1 rule 4, §5.3.2.
class ServerAuthenticationTest : public ServerAdvertisementTest {
  protected:
    static ByteVector text(std::string_view characters) {
        const Bytes bytes = std::as_bytes(std::span{characters});
        return {bytes.begin(), bytes.end()};
    }
    static SharedSecret secret(std::string_view identifier, std::string_view key) {
        return {text(identifier), text(key)};
    }
    void require(bool required) {
        ServerSettings settings = default_settings();
        settings.secrets = {secret("bob@example", "battery"),
                            secret("alice@example", "correct horse battery"),
                            secret("alice@example", "staple"),
                            secret("alice@example", "never looked at")};
        settings.requires_authentication = required;
        configure(std::move(settings));
    }
    // A solicitation as a client with this secret sends it; without a key there is no value.
    static ByteVector solicitation(std::string_view identifier, std::string_view key) {
        const ByteVector packet = from_hex(kSolicitation);
        const ByteVector id = text(identifier);
        wire::Authentication authentication{id, {}, 0x0102030405060708U, 0};
        wire::HmacSha1::Value value{};
        if (!key.empty()) {
            wire::HmacSha1 mac{text(key)};
            value = wire::authentication_value(mac, authentication, std::nullopt, packet);
            authentication.value = value;
        }
        ByteVector header(wire::size_of(authentication));
        wire::write_authentication(header, authentication);
        return concatenate({header, packet});
    }
    // What was answered, with its confirmation byte: `x` nothing, `0` and `1` without a value,
    // `A` and `B` with one that is right by `key`, `?` with another one.
    char answer_to(const ByteVector& asked, std::string_view key) {
        receive(asked);
        if (sent_.empty()) {
            return 'x';
        }
        const auto answer = wire::TeredoDatagram::parse(sent_.at(0).bytes);
        char result = '?';
        if (answer && answer->authentication) {
            wire::HmacSha1 mac{text(key)};
            const bool is_plain = answer->authentication->value.empty();
            if (is_plain || wire::is_authentic(mac, *answer)) {
                result = static_cast<char>((is_plain ? '0' : 'A') +
                                           answer->authentication->confirmation);
            }
        }
        clear();
        return result;
    }
};

TEST_F(ServerAuthenticationTest, AnswersTheSecureVectorWithTheVector) {
    conformance::shows("S28", "S29", "S30");
    require(true);
    receive("00010d14616c696365406578616d706c6537fce11f744dca2e7c79fe041e5792af012d5003010203040506"
            "0708006000000000083afffe800000000000000000ffffffffffffff020000000000000000000000000002"
            "85007d3700000000");
    expect_sent(
        kClientA,
        from_hex(
            "00010d14616c696365406578616d706c65fda676499457d20359e032135d580c8fbbe66b6e01020304"
            "0506070800"
            "0000f00039cc9b89"
            "6000000000383afffe800000000000008000f22734ff8e87fe800000000000000000ffffffffffff86"
            "00954c0000000000000000000007d003044040ffffffffffffffff0000000020010000cb0071780000"
            "0000000000000501000000000500"));
}

// S7, S29: the table of ServerAuthentication.
TEST_F(ServerAuthenticationTest, AnswersByIdentifierAndKey) {
    conformance::shows("S7", "S29");
    struct Row {
        const char* what;
        std::string_view identifier;
        std::string_view key;  // empty: no value
        char optional;         // as answer_to() has it
        char required;
    };
    const Row rows[] = {
        {"right key", "alice@example", "correct horse battery", 'A', 'A'},
        {"older key", "alice@example", "staple", 'B', 'B'},
        {"a third key", "alice@example", "never looked at", 'x', 'x'},
        {"another's key", "bob@example", "correct horse battery", 'x', 'x'},
        {"right key, short identifier", "bob@example", "battery", 'A', 'A'},
        {"known, no value", "bob@example", "", '0', 'x'},
        {"unknown with value", "carol@example", "battery", '1', 'x'},
        {"unknown, no value", "carol@example", "", '1', 'x'},
        {"nobody with value", "", "battery", '1', 'x'},
        {"nonce only", "", "", '0', 'x'},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        const ByteVector asked = solicitation(row.identifier, row.key);
        require(false);
        EXPECT_EQ(answer_to(asked, row.key), row.optional);
        require(true);
        EXPECT_EQ(answer_to(asked, row.key), row.required);
    }
    // No authentication header at all.
    require(false);
    receive(kSolicitation);
    EXPECT_EQ(sent_.size(), 1U);
    clear();
    require(true);
    const std::uint64_t drops = counters().drops(DropReason::kSolicitationNotAuthentic);
    receive(kSolicitation);
    EXPECT_TRUE(is_silent());
    EXPECT_EQ(counters().drops(DropReason::kSolicitationNotAuthentic), drops + 1);
    EXPECT_EQ(drops, 9U);
    expect_conservation();
}

TEST_F(ServerAuthenticationTest, EveryBitOfTheSolicitationCounts) {
    conformance::shows("S7");
    require(true);
    const ByteVector good = solicitation("alice@example", "correct horse battery");
    for (std::size_t i = 0; i < good.size(); ++i) {
        ByteVector spoilt = good;
        spoilt[i] ^= std::byte{4};
        receive(spoilt);
        EXPECT_TRUE(is_silent()) << "byte " << i;
        clear();
    }
    receive(good);
    EXPECT_EQ(sent_.size(), 1U);
}

// What does not authenticate takes nothing from the share of its network.
TEST_F(ServerAuthenticationTest, ForgeriesUseUpNoLimits) {
    require(true);
    const ByteVector forged = solicitation("alice@example", "guess");
    for (std::uint32_t i = 0; i < 10 * kSolicitationBurst; ++i) {
        receive(forged);
    }
    EXPECT_TRUE(is_silent());
    receive(solicitation("alice@example", "correct horse battery"));
    EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(ServerAdvertisementTest, ApplyTakesNewAddressesAtOnce) {
    ServerSettings settings = default_settings();
    settings.primary = kOtherServer;
    configure(std::move(settings));
    EXPECT_EQ(server_.status().primary, kOtherServer);
    EXPECT_EQ(server_.status().secondary, kSecondServer);
    receive(kSolicitation);
    ASSERT_EQ(sent_.size(), 1U);
    const auto answer = wire::TeredoDatagram::parse(sent_[0].bytes);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->packet.source(),
              wire::teredo_link_local(wire::kConeFlag, {kOtherServer, 3544}));
}

TEST_F(ServerAdvertisementTest, NothingEverTimesOut) {
    conformance::shows("S39");
    EXPECT_FALSE(server_.next_deadline());
    receive(kSolicitation);
    clear();
    EXPECT_FALSE(server_.next_deadline());
    server_.handle_timeout(now_ + std::chrono::hours{1}, output_);
    EXPECT_TRUE(is_silent());
}

}  // namespace
}  // namespace miredo::teredo
