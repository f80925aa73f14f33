// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Target `relay`: a byte of choices, then a sequence of events around a relay, as target `client`.
#include "fuzz/role_run.hpp"

namespace miredo::fuzz {
namespace {

using teredo::RelayMode;
using teredo::RelaySettings;

constexpr std::array<std::uint32_t, 4> kPeerLimits{1, 2, 5, 16};
constexpr Ipv6Address kHost{0x2a00145040010829U, 0x200e};

RelaySettings settings(unsigned choice) {
    RelaySettings result;
    constexpr std::array<RelayMode, 4> kModes{
        RelayMode::kCone, RelayMode::kRestricted, RelayMode::kHostSpecific, RelayMode::kCone};
    result.mode = kModes[choice % 4];
    if (choice % 4 == 3) {
        result.prefix = Ipv6Prefix{Ipv6Address{0x3ffe831f00000000U, 0}, 32};
    }
    if ((choice & 0x04U) != 0) {
        result.served_prefixes = {Ipv6Prefix{Ipv6Address{0x2a00000000000000U, 0}, 16}};
    }
    result.own_ipv6_addresses = {kHost};
    if ((choice & 0x08U) != 0) {
        result.bubble_source = kHost;
    }
    result.max_peers = kPeerLimits[choice / 16 % kPeerLimits.size()];
    result.surroundings = surroundings();
    // Not in private blocks, that addresses with it inside are refused for being ours.
    result.surroundings.own_addresses.push_back(Ipv4Address{9, 9, 9, 1});
    if ((choice & 0x40U) != 0) {
        result.surroundings.filter = wire::Ipv4Filter{true, {kTeredoPeers[3].mapped.address}};
    }
    return result;
}

class RelayRun {
  public:
    explicit RelayRun(Bytes input)
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
    [[nodiscard]] Around around() const { return {.own = kHost, .prefix = settings_.prefix}; }
    [[nodiscard]] const KnownTeredo& peer() {
        return kTeredoPeers[input_.below(kTeredoPeers.size())];
    }
    [[nodiscard]] Ipv6Address address_of(const KnownTeredo& peer) const {
        return wire::TeredoAddress{peer.server, 0x1234, peer.mapped}.to_ipv6(settings_.prefix);
    }

    void step() {
        const unsigned event = input_.octet();
        switch (event % 12) {
        case 0:
            return run_.pass(kSpans[event / 12 % kSpans.size()]);
        case 1:
            return run_.run_timeout();
        case 2:
            return run_.run_next();
        case 3:
        case 4:
            return run_.send(builder_.data(
                kNativeAddresses[event % 3], address_of(peer()), std::size_t{event} / 12 * 40));
        case 5:
            return receive_any();
        case 6:
            return event < 64 ? receive_raw()
                              : run_.send(event < 96 ? builder_.raw() : builder_.packet(around()));
        case 7:
            return answer_bubble(event / 12);
        case 8:
            return speak_as_peer(event / 12);
        case 9:
            return change_settings(input_.octet());
        case 10:
            return burst(event / 12);
        default:
            return run_.send(builder_.packet(around()));
        }
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

    void receive_any() {
        const Endpoint from = builder_.endpoint();
        run_.receive(from, builder_.datagram(around()));
    }
    void receive_raw() {
        const Endpoint from = builder_.endpoint();
        run_.receive(from, builder_.raw());
    }

    void answer_bubble(unsigned choice) {
        const Sink::IndirectBubble asked = run_.sink().bubble(choice % 4);
        const auto teredo = wire::TeredoAddress::parse(asked.peer, settings_.prefix);
        const Endpoint mapped = teredo ? teredo->mapped : kPrimaryServer;
        const Endpoint elsewhere{mapped.address, 7777};
        const Endpoint from =
            choice / 4 < 2 ? mapped : (choice / 4 < 4 ? elsewhere : builder_.endpoint());
        run_.receive(from,
                     choice % 2 == 0 ? builder_.bubble(asked.peer, asked.source, std::nullopt)
                                     : builder_.bubble(asked.peer, asked.source, asked.nonce));
    }

    void speak_as_peer(unsigned choice) {
        const KnownTeredo& from = peer();
        const Endpoint endpoint = choice % 4 == 3 ? from.elsewhere : from.mapped;
        run_.receive(endpoint,
                     choice < 6 ? builder_.bubble(address_of(from), kHost, std::nullopt)
                                : builder_.data(address_of(from),
                                                kNativeAddresses[choice % kNativeAddresses.size()],
                                                std::size_t{choice} * 8));
    }

    void burst(unsigned choice) {
        const unsigned salt = input_.octet();
        constexpr std::array<unsigned, 6> kLongOnes{16, 24, 48, 72, 104, 104};
        const unsigned length = bursts_.grant(choice < 16 ? choice / 2 : kLongOnes[choice - 16]);
        for (unsigned i = 0; i < length; ++i) {
            const Endpoint mapped{
                Ipv4Address{99, 1, static_cast<std::uint8_t>(salt), static_cast<std::uint8_t>(i)},
                3545};
            const Ipv6Address teredo =
                wire::TeredoAddress{kForeignServer, 0x1000, mapped}.to_ipv6(settings_.prefix);
            const Ipv6Address native{0x2a00000000000000U + (std::uint64_t{salt % 8U} << 16U), i};
            if (salt % 4 == 3) {
                run_.receive(mapped, builder_.data(teredo, kHost, std::size_t{i} * 4));
            } else {
                run_.send(builder_.data(native,
                                        salt % 2 == 0 ? teredo : address_of(kTeredoPeers[0]),
                                        std::size_t{i} * 4));
            }
        }
    }

    Input input_;
    RelaySettings settings_;
    RoleRun<teredo::Relay> run_;
    Builder builder_;
    Bursts bursts_{216};
};

}  // namespace
}  // namespace miredo::fuzz

FUZZ_TARGET(relay) {
    miredo::fuzz::run_repeatably(
        input, [](miredo::Bytes bytes) { return miredo::fuzz::RelayRun{bytes}.play(); });
}
