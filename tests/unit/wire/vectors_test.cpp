// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Every entry of vectors.json, in both directions where there are two.
#include "vectors.hpp"

#include <set>

#include <gtest/gtest.h>

#include "conformance/shows.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_address.hpp"
#include "wire/teredo_datagram.hpp"
#include "wire/trailers.hpp"

namespace miredo::wire {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kVectorNonce = 0x0102030405060708U;
const Ipv6Address client_cone = ipv6("fe80::8000:ffff:ffff:ffff");
const Ipv6Address server_link_local = ipv6("fe80::8000:f227:34ff:8e87");
const Ipv6Address native_host = ipv6("2001:db8::2");
constexpr Endpoint kOrigin{{198, 51, 100, 118}, 4095};

std::string text_of(const Json& entry, const char* key) {
    return entry.at(key).get<std::string>();
}

Ipv4Address ipv4_of(const Json& entry, const char* key) {
    return Ipv4Address::parse(text_of(entry, key)).value();
}

Ipv6Address address_vector(const std::string& id) {
    for (const Json& entry : vectors().at("addr")) {
        if (text_of(entry, "id") == id) {
            return Ipv6Address::load(from_hex(text_of(entry, "hex")));
        }
    }
    throw std::out_of_range{id};
}

TEST(Vectors, TeredoAddresses) {
    conformance::shows("W1", "W2");
    ASSERT_EQ(vectors().at("addr").size(), 14U);
    for (const Json& entry : vectors().at("addr")) {
        SCOPED_TRACE(text_of(entry, "id"));
        const TeredoAddress fields{
            .server = ipv4_of(entry, "server"),
            .flags = flags_of(text_of(entry, "flags")),
            .mapped = {ipv4_of(entry, "mapped"), entry.at("port").get<std::uint16_t>()},
        };
        const Ipv6Address built = fields.to_ipv6();
        EXPECT_EQ(to_hex(built.bytes()), text_of(entry, "hex"));
        EXPECT_EQ(built.to_string(), text_of(entry, "text"));
        EXPECT_EQ(TeredoAddress::parse(ipv6(text_of(entry, "text").c_str())), fields);
        EXPECT_EQ(TeredoAddress::parse(Ipv6Address::load(from_hex(text_of(entry, "hex")))), fields);
    }
}

struct LinkLocalRow {
    const char* what;
    std::uint16_t flags;
    Endpoint endpoint;
};

TEST(Vectors, LinkLocalAddresses) {
    // The XP form spells TEREDO in ASCII: what its bytes mean when they are taken as fields.
    constexpr Endpoint kAsciiTeredo{{173, 186, 187, 176}, 0xABBA};
    const LinkLocalRow rows[] = {
        {"server 203.0.113.120, port 3544, cone=1", kConeFlag, {{203, 0, 113, 120}, kTeredoPort}},
        {"client 192.168.1.7, port 51000, cone=0", 0, {{192, 168, 1, 7}, 51000}},
        {"client 192.168.1.7, port 51000, cone=1", kConeFlag, {{192, 168, 1, 7}, 51000}},
        {"client 0.0.0.0, port 0, cone=0 (common on the wire)", 0, {}},
        {"client 0.0.0.0, port 0, cone=1", kConeFlag, {}},
        {"old XP style cone=0 (ASCII TEREDO)", 0, kAsciiTeredo},
        {"old XP style cone=1 (ASCII TEREDO)", kConeFlag, kAsciiTeredo},
    };
    const Json& entries = vectors().at("ll");
    ASSERT_EQ(entries.size(), std::size(rows));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const LinkLocalRow& row = rows[i];
        SCOPED_TRACE(row.what);
        ASSERT_EQ(text_of(entries[i], "what"), row.what);
        const Ipv6Address built = teredo_link_local(row.flags, row.endpoint);
        EXPECT_EQ(to_hex(built.bytes()), text_of(entries[i], "hex"));
        EXPECT_EQ(built.to_string(), text_of(entries[i], "text"));
        EXPECT_EQ(has_cone_bit(ipv6(text_of(entries[i], "text").c_str())), row.flags == kConeFlag);
    }
    EXPECT_EQ(to_hex(kClientLinkLocal.bytes()), text_of(entries[3], "hex"));
}

TEST(Vectors, RandomFlags) {
    ASSERT_EQ(vectors().at("rnd").size(), 9U);
    for (const Json& entry : vectors().at("rnd")) {
        const std::uint16_t random = flags_of(text_of(entry, "r"));
        EXPECT_EQ(random_flags(random), flags_of(text_of(entry, "flags"))) << random;
    }
}

// Fails when the file gets an entry that no test below reads.
TEST(Vectors, EveryPacketIsTestedHere) {
    const std::set<std::string> tested{
        "origin_rfc",    "rs_cone0",        "rs_cone1",   "rs_auth",       "ra_min",
        "ra_full",       "ra_full_cone",    "rs_secure",  "ra_secure",     "bubble",
        "rs_secure_mac", "ra_secure_mac",   "bubble_fwd", "disc_bubble",   "tr_nonce",
        "tr_alt1",       "tr_alt2",         "tr_nd_sol",  "tr_nd_adv",     "tr_port",
        "echo_req",      "bubble_trailers", "echo_rep",   "isatap_rs_uni", "isatap_rs_mc",
    };
    const std::vector<std::string> names = packet_vector_names();
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), tested);
}

TEST(Vectors, OriginIndication) {
    conformance::shows("W7");
    constexpr Endpoint kRfcOrigin{{1, 2, 3, 4}, 337};
    Buffer built = zeros(kOriginSize);
    write_origin(built, kRfcOrigin);
    EXPECT_EQ(to_hex(built), to_hex(packet_vector("origin_rfc")));

    const Buffer payload = concatenate({packet_vector("origin_rfc"), packet_vector("bubble")});
    const auto parsed = TeredoDatagram::parse(payload);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->origin, kRfcOrigin);
}

TEST(Vectors, RouterSolicitations) {
    for (const auto& [name, source] :
         {std::pair{"rs_cone0", kClientLinkLocal}, std::pair{"rs_cone1", client_cone}}) {
        SCOPED_TRACE(name);
        const Buffer expected = packet_vector(name);
        EXPECT_EQ(to_hex(build_router_solicitation(source).bytes()), to_hex(expected));
        const Ipv6Packet packet = packet_in(expected);
        EXPECT_TRUE(is_valid_router_solicitation(packet));
        EXPECT_EQ(packet.source(), source);
        EXPECT_EQ(packet.destination(), kAllRouters);
    }
}

TEST(Vectors, IsatapSolicitationsAreOrdinaryOnes) {
    const Buffer multicast = packet_vector("isatap_rs_mc");
    const Ipv6Address source = ipv6("fe80::5efe:a01:203");
    EXPECT_EQ(to_hex(build_router_solicitation(source).bytes()), to_hex(multicast));
    EXPECT_TRUE(is_valid_router_solicitation(packet_in(multicast)));
    EXPECT_TRUE(is_valid_router_solicitation(packet_in(packet_vector("isatap_rs_uni"))));
}

// Writes what `datagram` carries in front of `packet`, as a sender would.
Buffer rebuild(const TeredoDatagram& datagram, Bytes packet) {
    Buffer headers = zeros(kMaximumAuthenticationSize + kOriginSize);
    std::size_t size = 0;
    if (datagram.authentication) {
        size += write_authentication(headers, *datagram.authentication);
    }
    if (datagram.origin) {
        write_origin(MutableBytes{headers}.subspan(size), *datagram.origin);
        size += kOriginSize;
    }
    return concatenate({Bytes{headers}.first(size), packet});
}

TEST(Vectors, SolicitationWithNonce) {
    const Buffer payload = packet_vector("rs_auth");
    const auto parsed = TeredoDatagram::parse(payload);
    ASSERT_TRUE(parsed);
    ASSERT_TRUE(parsed->authentication);
    EXPECT_EQ(parsed->authentication->nonce, kVectorNonce);
    EXPECT_EQ(parsed->authentication->confirmation, 0);
    EXPECT_TRUE(parsed->authentication->client_identifier.empty());
    EXPECT_TRUE(parsed->authentication->value.empty());
    EXPECT_FALSE(parsed->origin);
    EXPECT_TRUE(parsed->trailers.empty());
    EXPECT_TRUE(is_valid_router_solicitation(parsed->packet));

    Buffer built = zeros(13);
    Authentication with_nonce_alone;
    with_nonce_alone.nonce = kVectorNonce;
    EXPECT_EQ(write_authentication(built, with_nonce_alone), 13U);
    const RouterSolicitationPacket packet = build_router_solicitation(kClientLinkLocal);
    EXPECT_EQ(to_hex(concatenate({built, packet.bytes()})), to_hex(payload));
}

void expect_our_advertisement(const Ipv6Packet& packet) {
    const std::optional<RouterAdvertisement> advertisement = parse_router_advertisement(packet);
    ASSERT_TRUE(advertisement);
    EXPECT_EQ(advertisement->prefix_count, 1);
    EXPECT_EQ(advertisement->prefix, Ipv6Prefix::parse("2001:0:cb00:7178::/64"));
    EXPECT_EQ(advertisement->mtu, 1280U);
    EXPECT_EQ(packet.source(), server_link_local);
}

RouterAdvertisementPacket our_advertisement(const Ipv6Address& destination) {
    return build_router_advertisement({.source = server_link_local,
                                       .destination = destination,
                                       .prefix = ipv6("2001:0:cb00:7178::")});
}

TEST(Vectors, MinimalAdvertisement) {
    const Buffer expected = packet_vector("ra_min");
    EXPECT_EQ(to_hex(our_advertisement(kClientLinkLocal).bytes()), to_hex(expected));
    expect_our_advertisement(packet_in(expected));
}

TEST(Vectors, FullAdvertisements) {
    for (const auto& [name, destination] :
         {std::pair{"ra_full", kClientLinkLocal}, std::pair{"ra_full_cone", client_cone}}) {
        SCOPED_TRACE(name);
        const Buffer payload = packet_vector(name);
        const auto parsed = TeredoDatagram::parse(payload);
        ASSERT_TRUE(parsed);
        ASSERT_TRUE(parsed->authentication);
        EXPECT_EQ(parsed->authentication->nonce, kVectorNonce);
        EXPECT_EQ(parsed->origin, kOrigin);
        expect_our_advertisement(parsed->packet);
        const RouterAdvertisementPacket packet = our_advertisement(destination);
        EXPECT_EQ(to_hex(rebuild(*parsed, packet.bytes())), to_hex(payload));
    }
}

TEST(Vectors, SecureFormsParse) {
    const std::tuple<const char*, const char*, const char*> rows[] = {
        {"rs_secure", "rs_secure_mac", "rs_cone0"},
        {"ra_secure", "ra_secure_mac", "ra_min"},
    };
    const std::string_view identifier = "alice@example";
    for (const auto& [name, mac, inner] : rows) {
        SCOPED_TRACE(name);
        const Buffer payload = packet_vector(name);
        const auto parsed = TeredoDatagram::parse(payload);
        ASSERT_TRUE(parsed);
        ASSERT_TRUE(parsed->authentication);
        EXPECT_TRUE(
            equal(parsed->authentication->client_identifier, std::as_bytes(std::span{identifier})));
        EXPECT_EQ(to_hex(parsed->authentication->value), to_hex(packet_vector(mac)));
        EXPECT_EQ(parsed->authentication->nonce, kVectorNonce);
        EXPECT_EQ(parsed->origin.has_value(), std::string_view{name} == "ra_secure");
        EXPECT_EQ(to_hex(parsed->packet.bytes()), to_hex(packet_vector(inner)));
        EXPECT_EQ(to_hex(rebuild(*parsed, parsed->packet.bytes())), to_hex(payload));
    }
}

TEST(Vectors, Bubbles) {
    conformance::shows("C4");
    const Buffer bubble = packet_vector("bubble");
    const Bubble built = build_bubble(address_vector("A3"), address_vector("A6"));
    EXPECT_EQ(to_hex(built.bytes()), to_hex(bubble));
    EXPECT_TRUE(packet_in(bubble).is_bubble());

    const Buffer forwarded = packet_vector("bubble_fwd");
    const auto parsed = TeredoDatagram::parse(forwarded);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->origin, kOrigin);
    EXPECT_EQ(to_hex(parsed->packet.bytes()), to_hex(bubble));
    EXPECT_EQ(to_hex(rebuild(*parsed, built.bytes())), to_hex(forwarded));
}

TEST(Vectors, DiscoveryBubble) {
    const Buffer payload = packet_vector("disc_bubble");
    const auto parsed = TeredoDatagram::parse(payload);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->packet.is_bubble());
    EXPECT_EQ(parsed->packet.hop_limit(), 1);
    EXPECT_EQ(parsed->packet.source(), address_vector("A3"));
    EXPECT_EQ(parsed->packet.destination(), ipv6("ff02::1"));
    EXPECT_EQ(to_hex(build_discovery_bubble(address_vector("A3")).bytes()), to_hex(payload));
}

TEST(Vectors, TrailersOneByOne) {
    conformance::shows("W22", "W25");
    constexpr Endpoint kFirst{{192, 168, 1, 7}, 51000};
    constexpr Endpoint kSecond{{10, 0, 0, 5}, 51001};

    const Buffer nonce = packet_vector("tr_nonce");
    EXPECT_EQ(parse_trailers(nonce).nonce, 0xDEADBEEFU);
    Buffer built = zeros(kNonceTrailerSize);
    write_nonce_trailer(built, 0xDEADBEEFU);
    EXPECT_EQ(to_hex(built), to_hex(nonce));

    const Trailers one = parse_trailers(packet_vector("tr_alt1"));
    ASSERT_TRUE(one.alternates);
    EXPECT_EQ(one.alternates->count, 1U);
    EXPECT_EQ(one.alternates->entries[0], kFirst);

    const Trailers two = parse_trailers(packet_vector("tr_alt2"));
    ASSERT_TRUE(two.alternates);
    EXPECT_EQ(two.alternates->count, 2U);
    EXPECT_EQ(two.alternates->entries[0], kFirst);
    EXPECT_EQ(two.alternates->entries[1], kSecond);

    EXPECT_EQ(parse_trailers(packet_vector("tr_nd_sol")).neighbor_discovery,
              NeighborDiscoveryTrailer::kSolicitation);
    EXPECT_EQ(parse_trailers(packet_vector("tr_nd_adv")).neighbor_discovery,
              NeighborDiscoveryTrailer::kAdvertisement);
    EXPECT_EQ(parse_trailers(packet_vector("tr_port")).random_port, 51234);
}

TEST(Vectors, BubbleWithTrailers) {
    const Buffer payload = packet_vector("bubble_trailers");
    const auto parsed = TeredoDatagram::parse(payload);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->packet.is_bubble());
    ASSERT_EQ(parsed->trailers.size(), 20U);
    const Trailers trailers = parse_trailers(parsed->trailers);
    EXPECT_EQ(trailers.nonce, 0xDEADBEEFU);
    EXPECT_EQ(trailers.random_port, 51234);
    ASSERT_TRUE(trailers.alternates);
    EXPECT_EQ(trailers.alternates->count, 1U);
    EXPECT_EQ(trailers.well_formed_size, 20U);

    const Bubble built = build_bubble(address_vector("A3"), address_vector("A6"), 0xDEADBEEFU);
    EXPECT_EQ(to_hex(built.bytes()), to_hex(Bytes{payload}.first(46)));
}

TEST(Vectors, ConnectivityTest) {
    const std::tuple<const char*, Icmpv6Type, Ipv6Address, Ipv6Address> rows[] = {
        {"echo_req", Icmpv6Type::kEchoRequest, address_vector("A3"), native_host},
        {"echo_rep", Icmpv6Type::kEchoReply, native_host, address_vector("A3")},
    };
    const Buffer nonce = from_hex("101112131415161718191a1b1c1d1e1f");
    for (const auto& [name, type, source, destination] : rows) {
        SCOPED_TRACE(name);
        const Buffer expected = packet_vector(name);
        const std::optional<EchoMessage> parsed = parse_echo(packet_in(expected));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->type, type);
        EXPECT_EQ(parsed->identifier, 0x1234);
        EXPECT_EQ(parsed->sequence, 1);
        EXPECT_EQ(to_hex(parsed->data), to_hex(nonce));
        EXPECT_EQ(to_hex(build_echo(source, destination, 64, *parsed).bytes()), to_hex(expected));
    }
}

}  // namespace
}  // namespace miredo::wire
