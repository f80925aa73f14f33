// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/connectivity_test.hpp"

#include "wire/icmpv6.hpp"

namespace miredo::teredo {
namespace {

using NonceBytes = std::array<std::byte, 16>;

NonceBytes to_bytes(const TestNonce& nonce) {
    NonceBytes bytes{};
    store_be64(bytes, nonce.high);
    store_be64(MutableBytes{bytes}.subspan(8), nonce.low);
    return bytes;
}

bool equal_nonces(const TestNonce& a, const TestNonce& b) {
    return equal_constant_time(to_bytes(a), to_bytes(b));
}

}  // namespace

ConnectivityTest::ConnectivityTest(RandomSource& random, Counters& counters)
    : random_{random},
      counters_{counters},
      high_key_{SipHashKey::generate(random)},
      low_key_{SipHashKey::generate(random)} {}

void ConnectivityTest::send(Instant now, const Self& self, Peer& peer, Output& output) {
    TestNonce* nonce = std::get_if<TestNonce>(&peer.by_kind);
    if (nonce == nullptr || peer.attempts == 0) {
        nonce = &peer.by_kind.emplace<TestNonce>(TestNonce{random_.uint64(), random_.uint64()});
    }
    peer.is_test_outstanding = true;
    peer.nonce_sent_at = now;
    send_request(self, peer.address, *nonce, output);
}

bool ConnectivityTest::send_stateless(Instant now,
                                      const Self& self,
                                      const Ipv6Address& destination,
                                      Output& output) {
    if (!stateless_.try_take(now)) {
        return false;
    }
    send_request(self, destination, stateless_nonce(slot(now), self.address, destination), output);
    return true;
}

std::optional<TestNonce> ConnectivityTest::parse_reply(const wire::Ipv6Packet& packet) {
    const std::optional<wire::EchoMessage> echo = wire::parse_echo(packet);
    if (!echo || echo->type != wire::Icmpv6Type::kEchoReply ||
        echo->data.size() != std::tuple_size_v<NonceBytes>) {
        return std::nullopt;
    }
    return TestNonce{load_be64(echo->data), load_be64(echo->data.subspan(8))};
}

bool ConnectivityTest::proves(Instant now, const Peer& peer, const TestNonce& nonce) {
    const TestNonce* const stored = std::get_if<TestNonce>(&peer.by_kind);
    return peer.is_test_outstanding && stored != nullptr &&
           is_within(peer.nonce_sent_at, kTestNonceWindow, now) && equal_nonces(*stored, nonce);
}

bool ConnectivityTest::proves_stateless(Instant now,
                                        const Ipv6Address& own,
                                        const Ipv6Address& peer,
                                        const TestNonce& nonce) const {
    const std::uint64_t current = slot(now);
    return equal_nonces(nonce, stateless_nonce(current, own, peer)) ||
           equal_nonces(nonce, stateless_nonce(current - 1, own, peer));
}

std::uint64_t ConnectivityTest::slot(Instant now) {
    return static_cast<std::uint64_t>(now.time_since_epoch() / (kTestNonceWindow / 2));
}

TestNonce ConnectivityTest::stateless_nonce(std::uint64_t slot,
                                            const Ipv6Address& own,
                                            const Ipv6Address& peer) const {
    std::array<std::byte, 2 * Ipv6Address::kSize + sizeof slot> message{};
    const MutableBytes bytes{message};
    store_be64(bytes, slot);
    store_be64(bytes.subspan(8), own.high());
    store_be64(bytes.subspan(16), own.low());
    store_be64(bytes.subspan(24), peer.high());
    store_be64(bytes.subspan(32), peer.low());
    return {siphash(high_key_, message), siphash(low_key_, message)};
}

void ConnectivityTest::send_request(const Self& self,
                                    const Ipv6Address& destination,
                                    const TestNonce& nonce,
                                    Output& output) {
    const NonceBytes data = to_bytes(nonce);
    const wire::EchoMessage echo{.type = wire::Icmpv6Type::kEchoRequest,
                                 .identifier = static_cast<std::uint16_t>(nonce.high),
                                 .sequence = 1,
                                 .data = data};
    const wire::EchoPacket packet =
        wire::build_echo(self.address, destination, kTestHopLimit, echo);
    output.send(ServiceSocket::kPrimary, self.server, packet.bytes());
    ++counters_.echo_requests_sent;
}

}  // namespace miredo::teredo
