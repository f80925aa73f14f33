// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The client's side of secure qualification (RFC 4380 §5.2.2).
#include "wire/secure_qualification.hpp"

#include <set>
#include <string_view>

#include "conformance/shows.hpp"
#include "unit/teredo/client_fixture.hpp"

namespace miredo::teredo {
namespace {

ByteVector text(std::string_view characters) {
    const Bytes bytes = std::as_bytes(std::span{characters});
    return {bytes.begin(), bytes.end()};
}

const SharedSecret alice{text("alice@example"), text("correct horse battery")};

// What the server's answer is made with.
struct Secured {
    SharedSecret secret = alice;
    std::uint8_t confirmation = 0;
    bool has_value = true;
};

class SecureQualificationTest : public ClientTest {
  protected:
    void SetUp() override {
        use(secure_settings(alice));
        advance(Duration{0});
    }
    static ClientSettings secure_settings(std::optional<SharedSecret> secret) {
        ClientSettings settings = default_settings();
        settings.secret = std::move(secret);
        return settings;
    }
    [[nodiscard]] ByteVector secure_advertisement(const Secured& secured,
                                                  Endpoint from = kServerEndpoint) {
        const ByteVector plain = make_advertisement({});
        const auto inner = wire::TeredoDatagram::parse(plain).value();
        wire::HmacSha1 mac{secured.secret.key};
        wire::Authentication authentication{secured.secret.client_identifier,
                                            {},
                                            last_nonce(from).value_or(0),
                                            secured.confirmation};
        const wire::HmacSha1::Value value =
            wire::authentication_value(mac, authentication, kMapping, inner.packet.bytes());
        if (secured.has_value) {
            authentication.value = value;
        }
        ByteVector header(wire::size_of(authentication));
        wire::write_authentication(header, authentication);
        return concatenate({header, plain});
    }
    [[nodiscard]] bool has_address() { return client().status().address.has_value(); }
};

TEST_F(SecureQualificationTest, solicits_with_identifier_and_value) {
    conformance::shows("Q32");
    receive(kServerEndpoint, secure_advertisement({}));
    ASSERT_EQ(sent_.size(), 2U);  // the primary and the secondary
    std::set<std::uint64_t> nonces;
    for (const Sent& sent : sent_) {
        const wire::TeredoDatagram solicitation = sent.parsed();
        EXPECT_TRUE(sent.is_solicitation());
        EXPECT_EQ(sent.bytes.size(), 94U);
        ASSERT_TRUE(solicitation.authentication);
        EXPECT_TRUE(equal(solicitation.authentication->client_identifier, alice.client_identifier));
        EXPECT_EQ(solicitation.authentication->confirmation, 0);
        wire::HmacSha1 mac{alice.key};
        EXPECT_TRUE(wire::is_authentic(mac, solicitation));
        nonces.insert(solicitation.authentication->nonce);
    }
    EXPECT_EQ(nonces.size(), 2U);
}

TEST_F(SecureQualificationTest, solicits_with_the_longest_identifier) {
    const SharedSecret longest{ByteVector(255, std::byte{'i'}), ByteVector(255, std::byte{'k'})};
    clear();
    use(secure_settings(longest));
    advance(Duration{0});
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].bytes.size(), 13U + 255 + 20 + 48);
    receive(kServerEndpoint, secure_advertisement({longest}));
    EXPECT_TRUE(has_address());
}

TEST_F(SecureQualificationTest, accepts_what_authenticates) {
    conformance::shows("Q34");
    receive(kServerEndpoint, secure_advertisement({}));
    EXPECT_EQ(client().status().state, ClientState::kQualified);
    EXPECT_EQ(client().status().mapped, kMapping);
    EXPECT_FALSE(client().status().is_key_outdated);
    receive(kSecondaryEndpoint, secure_advertisement({}, kSecondaryEndpoint));
    EXPECT_EQ(client().status().nat_type, NatType::kConeOrRestricted);
}

TEST_F(SecureQualificationTest, drops_what_does_not_authenticate) {
    conformance::shows("Q33", "T-A1", "T-A2");
    const SharedSecret other_key{alice.client_identifier, text("guess")};
    const SharedSecret other_identifier{text("bob@example"), alice.key};
    Advertisement plain;
    plain.nonce = last_nonce();
    std::vector<ByteVector> forged{make_advertisement(plain),
                                   secure_advertisement({other_key}),
                                   secure_advertisement({other_identifier}),
                                   secure_advertisement({.has_value = false})};
    // A bit of the value, of the confirmation byte, of the origin and of the packet each; one of
    // the nonce is another reason.
    for (const std::size_t byte :
         std::initializer_list<std::size_t>{4 + 13 + 3, 4 + 13 + 20 + 8, 46 + 4, 46 + 8 + 30}) {
        forged.push_back(secure_advertisement({}));
        forged.back()[byte] ^= std::byte{1};
    }
    clear();
    for (std::size_t i = 0; i < forged.size(); ++i) {
        receive(kServerEndpoint, forged[i]);
        expect_silent_drop(DropReason::kAdvertisementNotAuthentic, i + 1);
        EXPECT_FALSE(has_address());
    }
}

TEST_F(SecureQualificationTest, keeps_the_nonce_for_the_real_answer) {
    const ByteVector real = secure_advertisement({});
    ByteVector forged = real;
    forged.back() ^= std::byte{1};
    receive(kServerEndpoint, forged);
    EXPECT_FALSE(has_address());
    receive(kServerEndpoint, real);
    EXPECT_TRUE(has_address());
    receive(kServerEndpoint, real);  // and for nothing after it
    EXPECT_EQ(drops(DropReason::kAdvertisementUnexpected), 1U);
}

TEST_F(SecureQualificationTest, says_that_answers_are_rejected) {
    for (int i = 0; i < 3; ++i) {
        receive(kServerEndpoint, secure_advertisement({.has_value = false}));
        advance(seconds{4});
    }
    EXPECT_EQ(client().status().reason, StateReason::kRejected);
}

TEST_F(SecureQualificationTest, reports_an_outdated_key_and_uses_the_mapping) {
    conformance::shows("Q35");
    receive(kServerEndpoint, secure_advertisement({.confirmation = 1}));
    EXPECT_TRUE(has_address());
    EXPECT_TRUE(client().status().is_key_outdated);
    const auto states = events<StateChanged>();
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states[0].state, ClientState::kQualified);
    EXPECT_TRUE(states[0].is_key_outdated);

    // The new key is tried at once, and the report goes.
    const SharedSecret renewed{alice.client_identifier, text("staple")};
    clear();
    client().apply(now_, secure_settings(renewed), output_);
    collect();
    ASSERT_EQ(sent_.size(), 1U);
    receive(kServerEndpoint, secure_advertisement({renewed}));
    EXPECT_FALSE(client().status().is_key_outdated);
    ASSERT_EQ(events<StateChanged>().size(), 1U);
    EXPECT_FALSE(events<StateChanged>()[0].is_key_outdated);
    EXPECT_TRUE(events<AddressLearnt>().empty());
}

// Whoever knows no key can't tell whether it is outdated.
TEST_F(SecureQualificationTest, plain_qualification_ignores_value_and_confirmation) {
    clear();
    use(secure_settings(std::nullopt));
    advance(Duration{0});
    EXPECT_EQ(sent_.at(0).bytes.size(), 61U);
    receive(kServerEndpoint, secure_advertisement({.confirmation = 1}));
    EXPECT_TRUE(has_address());
    EXPECT_FALSE(client().status().is_key_outdated);
}

}  // namespace
}  // namespace miredo::teredo
