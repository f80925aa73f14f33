// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "fuzz/builder.hpp"

#include <algorithm>

#include "fuzz/packets.hpp"
#include "fuzz/world.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/secure_qualification.hpp"
#include "wire/teredo_datagram.hpp"
#include "wire/trailers.hpp"

namespace miredo::fuzz {
namespace {

constexpr std::size_t kHeader = wire::kIpv6HeaderSize;

// Sizes that limits turn on: of a test's data, of a server's echo, of a queue.
constexpr std::array<std::size_t, 8> kSizes{0, 8, 16, 17, 80, 81, 1000, 1240};

// The memory that results are handed out in, each at its end.
std::array<std::byte, 2048> g_exact;

}  // namespace

Endpoint Builder::endpoint() {
    const std::size_t choice = input_.octet();
    const KnownTeredo& peer = kTeredoPeers[choice / 16 % kTeredoPeers.size()];
    switch (choice % 16) {
    case 0:
    case 1:
    case 2:
        return kPrimaryServer;
    case 3:
        return kSecondaryServer;
    case 4:
    case 5:
    case 6:
    case 7:
        return peer.mapped;
    case 8:
        return peer.elsewhere;
    case 9:
    case 10:
        return kNativeRelays[choice / 16 % 2];
    case 11:
        return kOwnMappings[choice / 16 % kOwnMappings.size()];
    case 12:
        return kOwnSocket;
    case 13:
        return {Ipv4Address{224, 0, 0, 253}, wire::kTeredoPort};
    case 14:
        return {Ipv4Address{255, 255, 255, 255}, 1};
    default:
        return {Ipv4Address{input_.long_word()}, input_.word()};
    }
}

Ipv6Address Builder::teredo_address(const Around& around) {
    const std::size_t choice = input_.octet();
    const KnownTeredo& peer = kTeredoPeers[choice % kTeredoPeers.size()];
    constexpr std::array<std::uint16_t, 4> kFlags{0x1234, 0x0000, 0x8000, 0x0100};
    return wire::TeredoAddress{peer.server, kFlags[choice / 8 % kFlags.size()], peer.mapped}
        .to_ipv6(choice >= 0xF0 ? wire::kTeredoPrefix : around.prefix);
}

Ipv6Address Builder::address(const Around& around) {
    const std::size_t choice = input_.octet();
    switch (choice % 8) {
    case 0:
    case 1:
    case 2:
        return teredo_address(around);
    case 3:
    case 4:
        return kNativeAddresses[choice / 8 % 3];
    case 5:
        return kNativeAddresses[choice / 8 % kNativeAddresses.size()];
    case 6:
        return around.own;
    default:
        return {input_.quad(), input_.quad()};
    }
}

Bytes Builder::datagram(const Around& around) {
    size_ = 0;
    append_encapsulation();
    const Ipv6Address from = address(around);
    const Ipv6Address to = input_.below(4) == 3 ? address(around) : around.own;
    append_inner(from, to);
    append_trailers();
    bend();
    return result();
}

Bytes Builder::packet(const Around& around) {
    size_ = 0;
    const Ipv6Address from = input_.below(8) == 7 ? address(around) : around.own;
    const Ipv6Address to = address(around);
    append_inner(from, to);
    bend();
    return result();
}

Bytes Builder::raw() {
    size_ = 0;
    append(input_.take(input_.octet()));
    return result();
}

Bytes Builder::solicitation(const Around& around) {
    size_ = 0;
    const unsigned choices = input_.octet();
    wire::Authentication authentication;
    wire::HmacSha1::Value value{};
    authentication.nonce = input_.octet();
    const Ipv6Address source = (choices & 1U) != 0 ? Ipv6Address{0xfe80000000000000U, 1ULL << 63U}
                                                   : wire::kClientLinkLocal;
    const auto packet = wire::build_router_solicitation(source);
    if ((choices & 2U) != 0) {
        if (around.secret != nullptr && (choices & 4U) != 0) {
            authentication.client_identifier = around.secret->client_identifier;
            wire::HmacSha1 mac{around.secret->key};
            value = wire::authentication_value(mac, authentication, std::nullopt, packet.bytes());
            authentication.value = value;
        } else if ((choices & 8U) != 0) {
            authentication.client_identifier = input_.take(input_.below(8));
            authentication.value = input_.take(input_.below(32));
        }
        wire::write_authentication(extend(wire::size_of(authentication)), authentication);
    }
    append(packet.bytes());
    if ((choices & 0x30U) == 0x30U) {
        bend();
    }
    return result();
}

Bytes Builder::advertisement(const Around& around, const Sink::Solicitation& solicitation) {
    size_ = 0;
    const unsigned choices = input_.octet();
    const bool is_odd = (choices & 0xC0U) == 0xC0U;
    const Endpoint origin = is_odd ? endpoint() : kOwnMappings[choices % kOwnMappings.size()];
    const Ipv4Address server = (choices & 0x04U) != 0 ? solicitation.server.address : kPrimary;
    const std::uint32_t mtu = (choices & 0x18U) == 0x18U ? input_.long_word() : 1280;
    const auto packet = wire::build_router_advertisement(
        {.source = wire::teredo_link_local(wire::kConeFlag, {server, wire::kTeredoPort}),
         .destination = wire::kClientLinkLocal,
         .prefix = Ipv6Address{wire::TeredoAddress{server, 0, {}}.to_ipv6().high(), 0},
         .mtu = mtu});
    wire::Authentication authentication;
    authentication.nonce = solicitation.nonce;
    wire::HmacSha1::Value value{};
    if (around.secret != nullptr && (choices & 0x20U) == 0) {
        authentication.client_identifier = around.secret->client_identifier;
        authentication.confirmation = static_cast<std::uint8_t>(choices >> 7U);
        wire::HmacSha1 mac{around.secret->key};
        value = wire::authentication_value(mac, authentication, origin, packet.bytes());
        authentication.value = value;
    }
    wire::write_authentication(extend(wire::size_of(authentication)), authentication);
    wire::write_origin(extend(wire::kOriginSize), origin);
    append(packet.bytes());
    if (is_odd) {
        bend();
    }
    return result();
}

Bytes Builder::bubble(const Ipv6Address& from,
                      const Ipv6Address& to,
                      std::optional<std::uint32_t> nonce,
                      std::optional<Endpoint> origin) {
    size_ = 0;
    if (origin) {
        wire::write_origin(extend(wire::kOriginSize), *origin);
    }
    append(wire::build_bubble(from, to, nonce).bytes());
    return result();
}

Bytes Builder::echo_reply(const Ipv6Address& to, const Sink::Test& test) {
    size_ = 0;
    append(wire::build_echo(test.peer,
                            to,
                            64,
                            {.type = wire::Icmpv6Type::kEchoReply,
                             .identifier = 0,
                             .sequence = 1,
                             .data = test.nonce})
               .bytes());
    return result();
}

Bytes Builder::data(const Ipv6Address& from, const Ipv6Address& to, std::size_t size) {
    size_ = 0;
    static_cast<void>(extend(kHeader));
    append_repeated(0x55, size);
    finish_packet(0, from, to, 17);
    return result();
}

void Builder::append(Bytes bytes) {
    const std::size_t size = std::min(bytes.size(), kMaximum - size_);
    std::copy_n(bytes.begin(), size, buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += size;
}

void Builder::append_repeated(std::uint8_t value, std::size_t size) {
    const MutableBytes added = extend(size);
    std::fill(added.begin(), added.end(), std::byte{value});
}

MutableBytes Builder::extend(std::size_t size) {
    const MutableBytes added = MutableBytes{buffer_}.subspan(size_, size);
    std::fill(added.begin(), added.end(), std::byte{0});
    size_ += size;
    return added;
}

void Builder::append_encapsulation() {
    const std::size_t choice = input_.below(8);
    if (choice == 4 || choice == 5) {
        wire::Authentication authentication;
        authentication.nonce = sink_.solicitation(0).nonce;
        wire::write_authentication(extend(wire::size_of(authentication)), authentication);
    }
    if (choice == 5 || choice == 6 || choice == 7) {
        wire::write_origin(extend(wire::kOriginSize), endpoint());
    }
}

void Builder::append_inner(const Ipv6Address& from, const Ipv6Address& to) {
    const std::size_t start = size_;
    if (input_.below(3) == 0) {
        append(wire::build_bubble(from, to).bytes());
        return;
    }
    static_cast<void>(extend(kHeader));
    const std::uint8_t kind = input_.octet();
    std::uint8_t next_header = wire::kIcmpv6;
    switch (kind % 8) {
    case 0:
        append_icmpv6(128, 0, Bytes{buffer_}.first(kSizes[kind / 8 % kSizes.size()]));
        break;
    case 1:
        append_icmpv6(129, 0, sink_.test(kind / 8 % 4).nonce);
        break;
    case 2:  // ICMPv6 of any type: errors, neighbours, listeners
        append_any_icmpv6(kind / 128);
        break;
    case 3:
        append_upper();
        next_header = kind < 128 ? wire::kRouting : wire::kFragment;
        break;
    case 4:
        append(input_.take(16));
        next_header = input_.octet();
        break;
    default:
        append_repeated(kind, kSizes[kind / 8 % kSizes.size()]);
        next_header = 17;
        break;
    }
    finish_packet(start, from, to, next_header);
    if (next_header == wire::kIcmpv6 && size_ - start >= kHeader + 4) {
        repair_checksum(MutableBytes{buffer_}.subspan(start, size_ - start));
    }
}

void Builder::append_icmpv6(std::uint8_t type, std::uint8_t code, Bytes data) {
    const MutableBytes head = extend(wire::kIcmpv6HeaderSize);
    head[0] = std::byte{type};
    head[1] = std::byte{code};
    append(data);
}

void Builder::append_any_icmpv6(std::uint8_t code) {
    const std::uint8_t type = input_.octet();
    append_icmpv6(type, code, input_.take(24));
}

// One extension header, its fields as the input wants them, and a little behind it.
void Builder::append_upper() {
    const MutableBytes header = extend(8);
    constexpr std::array<std::uint8_t, 4> kNext{58, 17, 43, 44};
    header[0] = std::byte{input_.any_of(kNext)};
    header[1] = static_cast<std::byte>(input_.below(3));
    header[2] = static_cast<std::byte>(input_.below(4));
    header[3] = static_cast<std::byte>(input_.octet());
    append(input_.take(24));
}

void Builder::append_trailers() {
    const std::size_t choice = input_.below(8);
    switch (choice) {
    case 4:
    case 5: {
        const auto nonce = choice == 4 ? sink_.bubble(input_.below(4)).nonce : input_.octet();
        wire::write_nonce_trailer(extend(wire::kNonceTrailerSize), nonce);
        return;
    }
    case 6: {  // Alternate Address: a good one or a bad one
        const MutableBytes trailer = extend(10);
        trailer[0] = std::byte{3};
        trailer[1] = std::byte{8};
        store_be32(trailer.subspan(4), input_.below(2) == 0 ? 0x09090901U : 0x7F000001U);
        store_be16(trailer.subspan(8), 3545);
        return;
    }
    case 7:
        append(input_.take(input_.below(80)));
        return;
    default:
        return;
    }
}

void Builder::finish_packet(std::size_t start,
                            const Ipv6Address& from,
                            const Ipv6Address& to,
                            std::uint8_t next_header) {
    wire::write_ipv6_header(MutableBytes{buffer_}.subspan(start),
                            {.source = from,
                             .destination = to,
                             .payload_length = static_cast<std::uint16_t>(size_ - start - kHeader),
                             .next_header = next_header,
                             .hop_limit = 64});
}

// Up to two bytes changed, or the end cut off.
void Builder::bend() {
    const unsigned choice = input_.octet();
    for (unsigned i = choice % 8 < 6 ? 0 : choice % 8 - 5; i > 0; --i) {
        const std::size_t at = input_.octet();
        if (at < size_) {
            buffer_[at] ^= static_cast<std::byte>(input_.octet());
        }
    }
    if (choice >= 0xF0) {
        size_ = std::min<std::size_t>(size_, input_.octet());
    }
}

Bytes Builder::result() {
    const MutableBytes exact = MutableBytes{g_exact}.last(size_);
    std::copy_n(buffer_.begin(), size_, exact.begin());
    return exact;
}

}  // namespace miredo::fuzz
