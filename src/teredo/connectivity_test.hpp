// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The direct IPv6 connectivity test (RFC 4380 §5.2.9): an echo request through our own server,
// whose reply comes back through the relay of the native host and thereby proves that relay.
#pragma once

#include <optional>

#include "base/random_source.hpp"
#include "base/siphash.hpp"
#include "base/token_bucket.hpp"
#include "teredo/constants.hpp"
#include "teredo/output.hpp"
#include "teredo/peer.hpp"
#include "teredo/status.hpp"
#include "wire/ipv6.hpp"

namespace miredo::teredo {

class ConnectivityTest {
  public:
    // Who tests, and through whom.
    struct Self {
        Ipv6Address address;
        Endpoint server;
    };

    // `random` and `counters` must outlive this.
    ConnectivityTest(RandomSource& random, Counters& counters);

    // Tests `peer` for traffic of our own. The nonce is drawn for the first transmission of an
    // attempt and kept for its repeats.
    void send(Instant now, const Self& self, Peer& peer, Output& output);

    // Tests where a received packet claims to come from. No state is made: the nonce is a keyed
    // hash of both addresses and the time. False where the limit on such tests is reached.
    [[nodiscard]] bool
    send_stateless(Instant now, const Self& self, const Ipv6Address& destination, Output& output);

    // The nonce of `packet`, if it is an echo reply in the form of our tests.
    [[nodiscard]] static std::optional<TestNonce> parse_reply(const wire::Ipv6Packet& packet);
    // `nonce` is that of the test of `peer` that is under way.
    [[nodiscard]] static bool proves(Instant now, const Peer& peer, const TestNonce& nonce);
    // `nonce` is that of a stateless test sent not longer than kTestNonceWindow ago.
    [[nodiscard]] bool proves_stateless(Instant now,
                                        const Ipv6Address& own,
                                        const Ipv6Address& peer,
                                        const TestNonce& nonce) const;

  private:
    // Half a window each: a nonce is good in the slot it was made in and in the next one.
    [[nodiscard]] static std::uint64_t slot(Instant now);
    [[nodiscard]] TestNonce
    stateless_nonce(std::uint64_t slot, const Ipv6Address& own, const Ipv6Address& peer) const;
    void send_request(const Self& self,
                      const Ipv6Address& destination,
                      const TestNonce& nonce,
                      Output& output);

    RandomSource& random_;
    Counters& counters_;
    SipHashKey high_key_;
    SipHashKey low_key_;
    TokenBucket stateless_{kTestRate, kTestBurst};
};

}  // namespace miredo::teredo
