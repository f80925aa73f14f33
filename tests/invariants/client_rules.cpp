// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a client may say, and to whom (RFC 4380 §5.2, RFC 5991 §3.1).
#include <algorithm>

#include "invariants/address_rules.hpp"
#include "invariants/role_invariants.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"

namespace miredo::invariants {
namespace {

using std::chrono::seconds;

constexpr Duration kNonceLife = seconds{4};
constexpr Duration kTestWindow = seconds{30};
constexpr std::size_t kTestData = 16;
// RFC 4380 §2.17, §5.2.8.
constexpr Endpoint kDiscovery{Ipv4Address{224, 0, 0, 253}, 3544};
constexpr Ipv6Address kAllNodes{0xff02000000000000U, 1};

// RFC 4861 and RFC 5095: nothing of the link, no way to send it in circles.
bool is_about_link(const wire::Ipv6Packet& packet) {
    if (packet.next_header() != wire::kIcmpv6 || packet.payload().empty()) {
        return false;
    }
    const auto type = std::to_integer<unsigned>(packet.payload()[0]);
    return type >= 133 && type <= 137;
}

}  // namespace

void RoleInvariants::check_client_datagram(teredo::ServiceSocket socket,
                                           Endpoint to,
                                           Bytes datagram) {
    ++turn_.reactions;
    turn_.reaction_bytes += datagram.size();
    const auto parsed = wire::TeredoDatagram::parse(datagram);
    if (!parsed) {
        return require(false, "S6", "a datagram of no known kind");
    }
    const wire::Ipv6Packet& packet = parsed->packet;
    if (packet.destination() == wire::kAllRouters) {
        return check_solicitation(socket, to, *parsed);
    }
    require(socket == teredo::ServiceSocket::kPrimary, "S6", "from the wrong port");
    require(address_.has_value(), "S9", "a datagram other than a solicitation, without an address");
    const bool is_own = packet.source() == address_ || packet.source().is_link_local();
    require(is_own, "S6", "a datagram that is not from us");
    if (to == kDiscovery) {
        ++turn_.bubbles;
        require(client()->discovers_locally && packet.is_bubble() &&
                    packet.destination() == kAllNodes,
                "S2",
                "multicast, and no discovery bubble");
        return;
    }
    if (packet.is_bubble()) {
        return check_bubble(to, *parsed);
    }
    require(!parsed->authentication && !parsed->origin && parsed->trailers.empty(),
            "S6",
            "a connectivity test with more than that");
    check_test(to, packet);
}

void RoleInvariants::check_solicitation(teredo::ServiceSocket socket,
                                        Endpoint to,
                                        const wire::TeredoDatagram& solicitation) {
    ++turn_.solicitations;
    require(wire::is_valid_router_solicitation(solicitation.packet) && !solicitation.origin &&
                solicitation.trailers.empty() && solicitation.packet.source().is_link_local(),
            "S6",
            "no well-formed solicitation");
    require(is_own_server(to), "S2", "a solicitation to somebody who is not our server");
    require(solicitation.authentication.has_value(), "S5", "a solicitation without a nonce");
    // What the secondary port is told is no answer to the service port (RFC 4380 §5.2.7).
    const bool is_secondary = socket != teredo::ServiceSocket::kPrimary;
    require(!is_secondary || client()->determines_refresh_interval, "S6", "from the wrong port");
    if (!solicitation.authentication || is_secondary) {
        return;
    }
    while (!nonces_.empty() && turn_.now - nonces_.front().sent_at >= kNonceLife) {
        nonces_.pop_front();
    }
    const std::uint64_t nonce = solicitation.authentication->nonce;
    require(std::none_of(nonces_.begin(),
                         nonces_.end(),
                         [&](const SolicitationNonce& other) { return other.nonce == nonce; }),
            "S5",
            "two solicitations with one nonce");
    nonces_.push_back({nonce, to, turn_.now});
}

// RFC 4380 §5.2.9.
void RoleInvariants::check_test(Endpoint to, const wire::Ipv6Packet& request) {
    ++turn_.tests;
    const auto echo = wire::parse_echo(request);
    require(echo && echo->type == wire::Icmpv6Type::kEchoRequest && echo->data.size() == kTestData,
            "S6",
            "a datagram of no known kind");
    require(is_own_server(to, false), "S2", "a connectivity test past our server");
    if (!echo || echo->data.size() != kTestData) {
        return;
    }
    const Ipv6Address peer = request.destination();
    if (turn_.is_datagram()) {
        require(tests_.note(turn_.now), "S4", "tests for strangers above their rate");
        require(is_global_unicast(peer) && peer == turn_.source,
                "S4",
                "a test of somebody who cannot have sent the packet");
    } else {
        require(!peer.is_multicast() && !peer.is_link_local(),
                "S2",
                "a connectivity test of somebody who is on no other link");
        note_attempt(peer, kTestWindow);
    }
    peers_.note_test(turn_.now, peer, echo->data);
}

// RFC 4380 §5.2.3.
void RoleInvariants::check_client_reception(const wire::Ipv6Packet& packet) {
    require(address_ && packet.destination() == address_, "S1", "a packet to somebody else");
    require(is_possible_inner_source(packet.source()) && packet.source() != address_,
            "S1",
            "a packet from where none can be from");
    require(!is_about_link(packet), "S1", "a message about a link crossed the tunnel");
    const KnownPeer* const known = peers_.find(packet.source());
    const bool is_proven = known != nullptr && known->proven_mapping == turn_.from;
    if (const auto teredo = wire::TeredoAddress::parse(packet.source())) {
        require(teredo->mapped == turn_.from || is_proven || is_on_link(turn_.from),
                "S1",
                "case 1 or 3 without its reason");
        require(teredo->mapped != mapped_, "S1", "a packet from our own mapping");
        return;
    }
    require(is_proven, "S1", "a native packet through a relay that was not proven");
}

// A packet that was held, after the answer to a test (case 2, then case 6).
void RoleInvariants::check_released(const wire::Ipv6Packet& packet) {
    ++turn_.forwarded_to_ipv6;
    require(client() != nullptr, "S6", "a packet that nobody sent");
    require(held_.take(packet.source(), turn_.from, packet.bytes()),
            "S6",
            "a packet that was not held, or not from this relay");
    require(address_ && packet.destination() == address_ && !is_about_link(packet) &&
                is_possible_inner_source(packet.source()),
            "S1",
            "a held packet that must not pass");
    const auto echo = turn_.packet ? wire::parse_echo(*turn_.packet) : std::nullopt;
    require(echo && echo->type == wire::Icmpv6Type::kEchoReply && turn_.source == packet.source() &&
                echo->data.size() == kTestData &&
                peers_.is_test(turn_.now, turn_.source, echo->data),
            "S1",
            "a held packet released without a proof");
}

void RoleInvariants::check_client_event(const teredo::Event& event) {
    if (const auto* const learnt = std::get_if<teredo::AddressLearnt>(&event)) {
        check_learnt(*learnt);
    } else if (std::holds_alternative<teredo::AddressLost>(event)) {
        require(address_.has_value(), "S9", "an address lost that was none");
        address_.reset();
        mapped_.reset();
        peers_.clear();
    } else if (const auto* const nat = std::get_if<teredo::NatTypeLearnt>(&event)) {
        require(nat->type == teredo::NatType::kUnknown || take_nonce(false),
                "S5",
                "a NAT type learnt without an answer");
    }
}

void RoleInvariants::check_learnt(const teredo::AddressLearnt& learnt) {
    require(take_nonce(true), "S5", "an address learnt without an answer to a solicitation");
    require(turn_.datagram && turn_.datagram->origin == learnt.mapped && learnt.mapped.port != 0 &&
                is_usable_ipv4(learnt.mapped.address, allows_private(surroundings())),
            "S5",
            "a mapping that the origin indication does not say, or cannot be");
    const auto address = wire::TeredoAddress::parse(learnt.address);
    constexpr unsigned kAllButRandom = 0xC300;
    require(address && address->server == learnt.server && address->mapped == learnt.mapped &&
                (address->flags & kAllButRandom) == 0,
            "S5",
            "an address that does not follow from server and mapping");
    require(client()->server && client()->server->primary == learnt.server,
            "S5",
            "an address of a server that is not ours");
    require(learnt.mtu >= wire::kMinimumMtu, "S5", "an MTU below that of IPv6");
    if (address_ != learnt.address) {
        peers_.clear();
    }
    address_ = learnt.address;
    mapped_ = learnt.mapped;
}

// The datagram at hand answers a solicitation of ours, in time; each nonce is good for one.
bool RoleInvariants::take_nonce(bool of_primary) {
    if (!turn_.is_datagram() || !turn_.datagram || !turn_.datagram->authentication ||
        is_own_server(turn_.from, false) != of_primary) {
        return false;
    }
    const std::uint64_t nonce = turn_.datagram->authentication->nonce;
    const auto found =
        std::find_if(nonces_.begin(), nonces_.end(), [&](const SolicitationNonce& sent) {
            return sent.nonce == nonce && sent.server == turn_.from &&
                   turn_.now - sent.sent_at < kNonceLife;
        });
    if (found == nonces_.end()) {
        return false;
    }
    nonces_.erase(found);
    return true;
}

void RoleInvariants::check_client_status(const teredo::ClientStatus& status) {
    require(status.address == address_ && status.mapped == mapped_,
            "S5",
            "the address changed and nobody was told");
    require((status.state == teredo::ClientState::kQualifying) == !status.address,
            "S9",
            "state and address do not go together");
}

}  // namespace miredo::invariants
