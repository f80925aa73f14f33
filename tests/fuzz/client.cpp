// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Target `client`: a byte of choices, then a sequence of events around a client, each a byte and
// what it needs: time, timeouts, datagrams from everybody, packets of the host, settings.
#include "fuzz/role_run.hpp"

namespace miredo::fuzz {
namespace {

using teredo::ClientSettings;

constexpr std::array<std::uint32_t, 4> kPeerLimits{1, 2, 5, 16};

// Eight variants, each a small change to what a host may be set to.
ClientSettings settings(unsigned choice) {
    ClientSettings result;
    result.server = teredo::ServerAddresses{kPrimary, std::nullopt};
    if (choice % 8 == 1) {
        result.server.reset();
    } else if (choice % 8 == 2) {
        result.server->secondary = kForeignServer;
    } else if (choice % 8 == 3) {
        result.server->primary = kForeignServer;
    }
    if (choice % 8 == 4) {
        result.secret = teredo::SharedSecret{{std::byte{'m'}}, {std::byte{'s'}, std::byte{'k'}}};
    }
    if (choice % 8 == 5) {
        result.refresh_interval = std::chrono::seconds{5};
    }
    result.max_peers = kPeerLimits[choice / 8 % kPeerLimits.size()];
    result.surroundings = surroundings();
    if (choice % 8 == 7) {
        result.determines_refresh_interval = true;
        result.discovers_locally = true;
        result.surroundings.attached_subnets = {Ipv4Prefix{kOwnSocket.address, 24}};
    }
    if (choice % 8 == 6) {
        result.surroundings.filter = wire::Ipv4Filter{
            true, {Ipv4Address{192, 168, 77, 255}, kTeredoPeers[3].mapped.address}};
    }
    return result;
}

class ClientRun {
  public:
    explicit ClientRun(Bytes input)
        : input_{input},
          settings_{settings(input_.octet())},
          run_{settings_, input_.octet()},
          builder_{input_, run_.sink()} {}

    [[nodiscard]] std::uint64_t play() {
        for (int i = 0; i < kMaximumEvents && !input_.empty(); ++i) {
            step();
        }
        run_.finish();
        return run_.sink().hash();
    }

  private:
    // Only now: the address may have changed since.
    [[nodiscard]] Around around() const {
        return {.own = run_.sink().address().value_or(wire::kClientLinkLocal),
                .secret = settings_.secret ? &*settings_.secret : nullptr};
    }
    [[nodiscard]] const KnownTeredo& peer() {
        return kTeredoPeers[input_.below(kTeredoPeers.size())];
    }

    void step() {
        const unsigned event = input_.octet();
        switch (event % 16) {
        case 0:
            return run_.pass(kSpans[event / 16]);
        case 1:
            return run_.run_timeout();
        case 2:
            return run_.run_next();
        case 3:
        case 4:
            return advertise(event / 16);
        case 5:
            return receive_any(event);
        case 6:
            return receive_raw(event);
        case 7:
            return run_.send(builder_.packet(around()));
        case 8:
            return run_.send(event < 128 ? builder_.raw() : host_packet());
        case 9:
            return change_settings(input_.octet());
        case 10:
            return other_event(event / 16);
        case 11:
            return answer_test(event / 16);
        case 12:
            return answer_bubble(event / 16);
        case 13:
            return speak_as_peer(event / 16);
        case 14:
            return indirect_bubble(event / 16);
        default:
            return run_.send(host_packet());
        }
    }

    [[nodiscard]] static teredo::ServiceSocket socket(unsigned event) {
        return static_cast<teredo::ServiceSocket>(event < 192 ? 0 : event / 16 % 3);
    }

    // Another limit of peers makes all tables anew, which takes as long as twenty other events.
    void change_settings(unsigned choice) {
        const std::uint32_t limit = settings_.max_peers;
        settings_ = settings(choice);
        if (choice < 0xC0) {
            settings_.max_peers = limit;
        }
        run_.apply(settings_);
    }

    void receive_any(unsigned event) {
        const Endpoint from = builder_.endpoint();
        run_.receive(from, builder_.datagram(around()), socket(event));
    }
    void receive_raw(unsigned event) {
        const Endpoint from = builder_.endpoint();
        run_.receive(from, builder_.raw(), socket(event));
    }

    void other_event(unsigned choice) {
        switch (choice) {
        case 0:
        case 1:
            return run_.requalify();
        case 2:
            return run_.open_port();
        case 3:
        case 4: {
            // A neighbour on the link is heard.
            const KnownTeredo& neighbour = kTeredoPeers[2];
            const Ipv6Address all_nodes{0xff02000000000000U, 1};
            return run_.receive(neighbour.elsewhere,
                                builder_.bubble(neighbour.address(), all_nodes, std::nullopt),
                                teredo::ServiceSocket::kDiscovery);
        }
        default:
            return burst(choice);
        }
    }

    void advertise(unsigned choice) {
        const Sink::Solicitation asked = run_.sink().solicitation(choice % 4);
        const Endpoint from = choice < 14 ? asked.server : builder_.endpoint();
        run_.receive(
            from, builder_.advertisement(around(), asked), socket(choice % 4 == 3 ? 208 : 0));
    }

    [[nodiscard]] Bytes host_packet() {
        const unsigned choice = input_.octet();
        const Ipv6Address to =
            choice < 128 ? kTeredoPeers[choice % 8].address() : kNativeAddresses[choice % 3];
        return builder_.data(around().own, to, std::size_t{choice} / 8 % 16 * 64);
    }

    // More of one kind than tables and queues hold.
    void burst(unsigned choice) {
        const unsigned salt = input_.octet();
        constexpr std::array<unsigned, 4> kLongOnes{12, 24, 48, 72};
        const unsigned length = bursts_.grant(choice < 12 ? choice / 2 : kLongOnes[choice % 4]);
        for (unsigned i = 0; i < length; ++i) {
            const Ipv6Address native{0x2a00000000000000U, salt + (salt % 8 < 4 ? i : 0)};
            const Endpoint mapped{Ipv4Address{99, 1, 1, static_cast<std::uint8_t>(i)}, 3545};
            const Ipv6Address teredo =
                wire::TeredoAddress{kForeignServer, 0x1000, mapped}.to_ipv6();
            const Ipv6Address& other = salt % 2 == 0 ? native : teredo;
            if (salt % 4 < 2) {
                run_.send(builder_.data(around().own, other, std::size_t{i} * 8));
            } else {
                run_.receive(salt % 2 == 0 ? kNativeRelays[0] : mapped,
                             builder_.data(other, around().own, std::size_t{i} * 8));
            }
        }
    }

    // The reply to a connectivity test comes through a relay.
    void answer_test(unsigned choice) {
        const Sink::Test test = run_.sink().test(choice % 4);
        const Endpoint from = choice / 4 < 3 ? kNativeRelays[choice / 4 % 2] : builder_.endpoint();
        run_.receive(from, builder_.echo_reply(around().own, test));
    }

    // A direct bubble that brings our nonce back, from where the peer may be; or, as old Miredo has
    // it, one to the source of ours.
    void answer_bubble(unsigned choice) {
        const Sink::IndirectBubble asked = run_.sink().bubble(choice % 4);
        const auto teredo = wire::TeredoAddress::parse(asked.peer);
        const Endpoint mapped = teredo ? teredo->mapped : kPrimaryServer;
        const Endpoint elsewhere{mapped.address, 7777};
        const Endpoint from =
            choice / 4 == 0 ? mapped : (choice / 4 == 2 ? builder_.endpoint() : elsewhere);
        run_.receive(from,
                     choice / 4 == 3 ? builder_.bubble(asked.peer, asked.source, std::nullopt)
                                     : builder_.bubble(asked.peer, around().own, asked.nonce));
    }

    void speak_as_peer(unsigned choice) {
        if (choice < 6) {
            const KnownTeredo& from = peer();
            run_.receive(choice % 2 == 0 ? from.mapped : from.elsewhere,
                         choice < 3 ? builder_.bubble(from.address(), around().own, std::nullopt)
                                    : builder_.data(
                                          from.address(), around().own, std::size_t{choice} * 100));
            return;
        }
        run_.receive(kNativeRelays[choice % 2],
                     builder_.data(kNativeAddresses[input_.below(3)],
                                   around().own,
                                   std::size_t{choice} * 10));
    }

    void indirect_bubble(unsigned choice) {
        const KnownTeredo& from = peer();
        const Ipv6Address source = choice < 12 ? from.address() : kNativeAddresses[choice % 5];
        run_.receive(kPrimaryServer,
                     builder_.bubble(source,
                                     around().own,
                                     choice % 2 == 0 ? std::nullopt : std::optional{choice},
                                     from.mapped));
    }

    Input input_;
    ClientSettings settings_;
    RoleRun<teredo::Client> run_;
    Builder builder_;
    Bursts bursts_{96};
};

}  // namespace
}  // namespace miredo::fuzz

FUZZ_TARGET(client) {
    miredo::fuzz::run_repeatably(
        input, [](miredo::Bytes bytes) { return miredo::fuzz::ClientRun{bytes}.play(); });
}
