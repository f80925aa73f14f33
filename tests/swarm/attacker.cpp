// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "swarm/attacker.hpp"

#include <algorithm>
#include <array>

#include "swarm/plan.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::swarm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kSeen = 32;
constexpr std::uint32_t kFlood = 40;

void append(sim::Packet& to, Bytes bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

template <typename T>
void keep(std::vector<T>& kept, T value, RandomSource& random) {
    if (kept.size() < kSeen) {
        kept.push_back(std::move(value));
    } else {
        kept[below(random, kSeen)] = std::move(value);
    }
}

}  // namespace

Attacker::Attacker(sim::Network& network,
                   Endpoint own,
                   std::vector<Endpoint> targets,
                   std::vector<Ipv6Address> natives,
                   std::uint64_t seed)
    : network_{network},
      own_{own},
      targets_{std::move(targets)},
      natives_{std::move(natives)},
      random_{seed},
      next_{network.now() + seconds{1}} {}

// Every third of the datagrams.
void Attacker::on_core(Instant /*now*/, const sim::Transmission& datagram) {
    if (!next_ || datagram.sender == this || datagram.number % 3 != 0) {
        return;
    }
    keep(seen_, Seen{datagram.external, datagram.destination, datagram.bytes}, random_);
    if (const auto parsed = wire::TeredoDatagram::parse(datagram.bytes)) {
        const auto echo = wire::parse_echo(parsed->packet);
        if (echo && datagram.destination.port == wire::kTeredoPort) {
            test_ = {parsed->packet.source(), parsed->packet.destination()};
        }
        for (const Ipv6Address& address : {parsed->packet.source(), parsed->packet.destination()}) {
            if (wire::TeredoAddress::parse(address) &&
                std::find(addresses_.begin(), addresses_.end(), address) == addresses_.end()) {
                keep(addresses_, address, random_);
            }
        }
    }
}

void Attacker::handle_timeout(Instant now) {
    attack();
    next_ = now + random_.uniform(milliseconds{1}, milliseconds{800});
}

void Attacker::attack() {
    if (test_ && chance(random_, 0.5)) {
        forge_reply();
        return test_.reset();
    }
    switch (below(random_, 8)) {
    case 0:
    case 1:
    case 2:
        return replay();
    case 3:
        return forge_advertisement();
    case 4:
        return chance(random_, 0.2) ? flood() : forge();
    default:
        return forge();
    }
}

void Attacker::send(Endpoint from, Endpoint to, Bytes bytes) {
    network_.send(*this, from, to, bytes);
}

void Attacker::replay() {
    if (seen_.empty()) {
        return;
    }
    Seen copy = seen_[below(random_, seen_.size())];
    if (chance(random_, 0.6)) {
        mutate(copy.bytes);
    }
    send(chance(random_, 0.6) ? copy.from : any_endpoint(),
         chance(random_, 0.7) ? copy.to : any_endpoint(),
         copy.bytes);
}

void Attacker::mutate(sim::Packet& bytes) {
    const std::uint32_t changes = 1 + below(random_, 4);
    for (std::uint32_t i = 0; i < changes && !bytes.empty(); ++i) {
        bytes[below(random_, bytes.size())] = static_cast<std::byte>(random_.uint32() & 0xFFU);
    }
    if (chance(random_, 0.2)) {
        bytes.resize(below(random_, 2 * bytes.size() + 1));
    }
}

Endpoint Attacker::any_endpoint() {
    if (!seen_.empty() && chance(random_, 0.6)) {
        const Seen& seen = seen_[below(random_, seen_.size())];
        return chance(random_, 0.5) ? seen.from : seen.to;
    }
    return chance(random_, 0.3) ? own_ : targets_[below(random_, targets_.size())];
}

std::optional<Ipv6Address> Attacker::some_client() {
    if (addresses_.empty()) {
        return std::nullopt;
    }
    return addresses_[below(random_, addresses_.size())];
}

// Somebody whom only this one knows: mapped to himself, to somebody else, or to where nobody may
// be.
Ipv6Address Attacker::made_up_peer() {
    constexpr std::array kOdd{Ipv4Address{127, 0, 0, 1},
                              Ipv4Address{10, 1, 2, 3},
                              Ipv4Address{192, 88, 99, 1},
                              Ipv4Address{224, 0, 0, 253},
                              Ipv4Address{255, 255, 255, 255},
                              Ipv4Address{0, 0, 0, 0},
                              Ipv4Address{198, 51, 100, 9}};
    const auto port = static_cast<std::uint16_t>(random_.uint32());
    Endpoint mapped{own_.address, port};
    if (chance(random_, 0.3)) {
        mapped = any_endpoint();
    } else if (chance(random_, 0.3)) {
        mapped = {kOdd[below(random_, kOdd.size())], port};
    }
    const Ipv4Address server = chance(random_, 0.2)
                                   ? kOdd[below(random_, kOdd.size())]
                                   : targets_[below(random_, targets_.size())].address;
    return wire::TeredoAddress{server, static_cast<std::uint16_t>(random_.uint32()), mapped}
        .to_ipv6();
}

Ipv6Address Attacker::any_address() {
    constexpr std::array kOdd{Ipv6Address{},
                              Ipv6Address{0, 1},
                              Ipv6Address{0xfe80000000000000U, 1},
                              Ipv6Address{0xff02000000000000U, 1},
                              Ipv6Address{0xfec0000000000000U, 1},
                              Ipv6Address{0, 0x0000FFFF01020304U},
                              Ipv6Address{0x20025d0100010000U, 1},
                              Ipv6Address{0x2a00000200000000U, 7},
                              Ipv6Address{0x2a00000200000001U, 9}};
    const auto client = some_client();
    switch (below(random_, 6)) {
    case 0:
        return kOdd[below(random_, kOdd.size())];
    case 1:
        return natives_[below(random_, natives_.size())];
    case 2:
        return made_up_peer();
    default:
        return client.value_or(made_up_peer());
    }
}

// A bubble, a ping or some other packet, perhaps with an origin and a nonce, to whoever may
// believe it.
void Attacker::forge() {
    const Ipv6Address source = chance(random_, 0.4) ? made_up_peer() : any_address();
    const Ipv6Address destination = any_address();
    const auto from_whom = wire::TeredoAddress::parse(source);
    const auto to_whom = wire::TeredoAddress::parse(destination);
    sim::Packet bytes;
    if (chance(random_, 0.3)) {
        bytes.resize(wire::kOriginSize);
        wire::write_origin(bytes, from_whom ? from_whom->mapped : any_endpoint());
    }
    if (chance(random_, 0.5)) {
        const auto nonce = chance(random_, 0.5) ? std::optional{random_.uint32()} : std::nullopt;
        append(bytes, wire::build_bubble(source, destination, nonce).bytes());
    } else {
        std::array<std::byte, 16> data{};
        random_.fill(data);
        const wire::EchoMessage echo{chance(random_, 0.5) ? wire::Icmpv6Type::kEchoRequest
                                                          : wire::Icmpv6Type::kEchoReply,
                                     0x7A7A,
                                     static_cast<std::uint16_t>(random_.uint32()),
                                     data};
        append(bytes, wire::build_echo(source, destination, 21, echo).bytes());
    }
    Endpoint to = any_endpoint();
    if (to_whom && chance(random_, 0.8)) {
        to = chance(random_, 0.5) ? to_whom->mapped : Endpoint{to_whom->server, wire::kTeredoPort};
    }
    Endpoint from = from_whom && chance(random_, 0.6) ? from_whom->mapped : any_endpoint();
    if (to_whom && chance(random_, 0.3)) {
        from = {to_whom->server, wire::kTeredoPort};
    }
    if (chance(random_, 0.1)) {
        mutate(bytes);
    }
    send(from, to, bytes);
}

// Without knowing the nonce.
void Attacker::forge_advertisement() {
    const auto client = some_client();
    const auto known = client ? wire::TeredoAddress::parse(*client) : std::nullopt;
    if (!known) {
        return;
    }
    wire::Authentication authentication;
    authentication.nonce = random_.uint64();
    sim::Packet bytes(chance(random_, 0.8) ? wire::size_of(authentication) : 0);
    if (!bytes.empty()) {
        wire::write_authentication(bytes, authentication);
    }
    const std::size_t origin_at = bytes.size();
    bytes.resize(origin_at + wire::kOriginSize);
    wire::write_origin(MutableBytes{bytes}.subspan(origin_at), own_);
    const Endpoint server{known->server, wire::kTeredoPort};
    append(bytes,
           wire::build_router_advertisement({wire::teredo_link_local(wire::kConeFlag, server),
                                             wire::kClientLinkLocal,
                                             wire::TeredoAddress{known->server, 0, {}}.to_ipv6(),
                                             wire::kMinimumMtu})
               .bytes());
    send(server, known->mapped, bytes);
}

// To a connectivity test, as if we were the relay, without its nonce.
void Attacker::forge_reply() {
    const auto client = wire::TeredoAddress::parse(test_->first);
    if (!client) {
        return;
    }
    std::array<std::byte, 16> data{};
    random_.fill(data);
    const wire::EchoMessage echo{wire::Icmpv6Type::kEchoReply, 0x7A7A, 1, data};
    send(own_, client->mapped, wire::build_echo(test_->second, test_->first, 21, echo).bytes());
}

// Many strangers at once, each as good as any.
void Attacker::flood() {
    const auto client = some_client();
    const auto known = client ? wire::TeredoAddress::parse(*client) : std::nullopt;
    if (!known) {
        return;
    }
    const bool is_native = chance(random_, 0.3);
    for (std::uint32_t i = 0; i < kFlood; ++i) {
        const Endpoint mapped{own_.address, static_cast<std::uint16_t>(1024 + i)};
        const Ipv6Address source = is_native
                                       ? Ipv6Address{0x2a00000200000000U, random_.uint64()}
                                       : wire::TeredoAddress{known->server, 0, mapped}.to_ipv6();
        std::array<std::byte, 4> data{};
        const wire::EchoMessage echo{wire::Icmpv6Type::kEchoRequest, 0x7A7A, 0, data};
        send(mapped, known->mapped, wire::build_echo(source, *client, 21, echo).bytes());
    }
}

}  // namespace miredo::swarm
