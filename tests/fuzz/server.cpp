// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Target `server`: a byte of choices, then a sequence of events around a server, as target
// `client`.
#include "fuzz/role_run.hpp"
#include "wire/ndp.hpp"

namespace miredo::fuzz {
namespace {

using teredo::ServerSettings;
using teredo::ServiceSocket;

ServerSettings settings(unsigned choice) {
    ServerSettings result;
    result.primary = kPrimary;
    if ((choice & 0x01U) == 0) {
        result.secondary = kSecondary;
    }
    if ((choice & 0x06U) == 0x06U) {
        result.prefix = Ipv6Prefix{Ipv6Address{0x3ffe831f00000000U, 0}, 32};
    }
    if ((choice & 0x08U) != 0) {
        result.advertised_mtu = 1400;
    }
    if ((choice & 0x10U) != 0) {
        result.secrets = {teredo::SharedSecret{{std::byte{'m'}}, {std::byte{'s'}}},
                          teredo::SharedSecret{{std::byte{'m'}}, {std::byte{'o'}}}};
        result.requires_authentication = (choice & 0x20U) != 0;
    }
    result.surroundings.own_addresses = {kPrimary, kSecondary};
    result.surroundings.own_ports = {wire::kTeredoPort};
    if ((choice & 0x40U) != 0) {
        result.surroundings.filter = wire::Ipv4Filter{true, {kTeredoPeers[3].mapped.address}};
    }
    return result;
}

// Time adds up over many sequences: no more of it than it takes to fill every bucket.
constexpr Duration kLongest = std::chrono::minutes{5};

class ServerRun {
  public:
    ServerRun(Bytes input, RoleRun<teredo::Server>& run)
        : input_{input}, run_{run}, builder_{input_, run_.sink()} {}

    void play() {
        for (int i = 0; i < kMaximumEvents && !input_.empty(); ++i) {
            step();
        }
    }
    void configure() {
        settings_ = settings(input_.octet());
        run_.apply(settings_);
    }

  private:
    [[nodiscard]] Around around() const {
        return {.own = kTeredoPeers[0].address(),
                .prefix = settings_.prefix,
                .secret = settings_.secrets.empty() ? nullptr : &settings_.secrets.front()};
    }
    [[nodiscard]] Ipv6Address address_of(const KnownTeredo& peer) const {
        return wire::TeredoAddress{peer.server, 0x1234, peer.mapped}.to_ipv6(settings_.prefix);
    }

    void step() {
        const unsigned event = input_.octet();
        const ServiceSocket socket =
            event >= 192 ? ServiceSocket::kSecondary : ServiceSocket::kPrimary;
        const KnownTeredo& from = kTeredoPeers[event / 8 % 4];
        switch (event % 8) {
        case 0:
            return run_.pass(std::min<Duration>(kSpans[event / 8 % kSpans.size()], kLongest));
        case 1:
        case 2:
            return run_.receive(from.mapped, builder_.solicitation(around()), socket);
        case 3:
            return receive_any(socket);
        case 4:
            return pass_on(from, socket);
        case 5:
            return run_.receive(from.mapped, test(from), socket);
        case 6:
            return event < 64 ? receive_raw(socket) : odd_event(event / 64);
        default:
            return burst(event / 8, socket);
        }
    }

    void receive_any(ServiceSocket socket) {
        const Endpoint from = builder_.endpoint();
        run_.receive(from, builder_.datagram(around()), socket);
    }
    void receive_raw(ServiceSocket socket) {
        const Endpoint from = builder_.endpoint();
        run_.receive(from, builder_.raw(), socket);
    }

    // An indirect bubble, from a client, a relay or Miredo's link-local source.
    void pass_on(const KnownTeredo& from, ServiceSocket socket) {
        const unsigned choice = input_.octet();
        const KnownTeredo& to = kTeredoPeers[choice % kTeredoPeers.size()];
        const Ipv6Address source =
            choice < 96 ? address_of(from) : kNativeAddresses[choice % kNativeAddresses.size()];
        run_.receive(from.mapped,
                     builder_.bubble(source,
                                     address_of(to),
                                     choice % 2 == 0 ? std::nullopt : std::optional{choice},
                                     choice >= 248 ? std::optional{from.mapped} : std::nullopt),
                     socket);
    }

    // A client's connectivity test: an echo request to a native host.
    [[nodiscard]] Bytes test(const KnownTeredo& from) {
        Around sender = around();
        sender.own = address_of(from);
        return builder_.packet(sender);
    }

    void odd_event(unsigned choice) {
        if (choice == 1) {
            return configure();
        }
        if (choice == 2) {
            return run_.send(builder_.raw());
        }
        run_.run_timeout();
    }

    void burst(unsigned choice, ServiceSocket socket) {
        constexpr std::array<unsigned, 4> kLongOnes{24, 56, 208, 56};
        const unsigned length = bursts_.grant(choice < 28 ? choice / 4 : kLongOnes[choice - 28]);
        for (unsigned i = 0; i < length; ++i) {
            const Endpoint from{Ipv4Address{99, 1, 1, static_cast<std::uint8_t>(i / 16)}, 3545};
            if (choice % 2 == 0) {
                run_.receive(from, solicitation_.bytes(), socket);
            } else {
                run_.receive(from,
                             builder_.bubble(
                                 wire::kClientLinkLocal, address_of(kTeredoPeers[0]), std::nullopt),
                             socket);
            }
        }
    }

    Input input_;
    RoleRun<teredo::Server>& run_;
    ServerSettings settings_;
    Builder builder_;
    Bursts bursts_{216};
    wire::RouterSolicitationPacket solicitation_ =
        wire::build_router_solicitation(wire::kClientLinkLocal);
};

// A server's limiters take a megabyte and a half: it lives for many sequences. The pause between
// them fills every bucket, so that none depends on those before.
std::uint64_t play(Bytes input) {
    static std::optional<RoleRun<teredo::Server>> run;
    constexpr Instant kOld{std::chrono::hours{100 * 365 * 24}};
    if (!run || run->now() > kOld) {
        run.emplace(settings(0), 1);
    }
    run->pass(kLongest);
    run->forget_output();
    ServerRun sequence{input, *run};
    sequence.configure();
    sequence.play();
    return run->sink().hash();
}

}  // namespace
}  // namespace miredo::fuzz

FUZZ_TARGET(server) {
    // The second run is at another time, which makes no difference to a server.
    miredo::fuzz::run_repeatably(input, miredo::fuzz::play);
}
