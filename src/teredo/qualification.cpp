// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/qualification.hpp"

#include <algorithm>

#include "wire/ndp.hpp"

namespace miredo::teredo {
namespace {

// The deployed convention where no secondary address is configured.
std::optional<ServerAddresses> complete(std::optional<ServerAddresses> servers) {
    if (servers && !servers->secondary) {
        servers->secondary = Ipv4Address{servers->primary.value() + 1};
    }
    return servers;
}

constexpr std::uint32_t kMaximumMtu = 65535;
constexpr std::size_t kAuthenticationSize = 13;  // no identifier, no value

}  // namespace

Qualification::Qualification(RandomSource& random,
                             Counters& counters,
                             const ClientSettings& settings,
                             Instant now)
    : random_{random},
      counters_{counters},
      servers_{complete(settings.server)},
      refresh_interval_{settings.refresh_interval},
      next_solicitation_{now} {
    draw_refresh();
}

Qualification::AddressChange
Qualification::apply(Instant now, const ClientSettings& settings, Output& output) {
    if (settings.refresh_interval != refresh_interval_) {
        refresh_interval_ = settings.refresh_interval;
        draw_refresh();
        handle_server_packet(last_interaction_);
    }
    const std::optional<ServerAddresses> servers = complete(settings.server);
    if (servers == servers_) {
        return AddressChange::kSame;
    }
    const bool same_primary = servers && servers_ && servers->primary == servers_->primary;
    servers_ = servers;
    secondary_nonces_.clear();
    if (same_primary) {
        secondary_tries_ = 0;
        next_secondary_ = address_ ? std::optional{now} : std::nullopt;
        return AddressChange::kSame;
    }
    primary_nonces_.clear();
    const AddressChange change = lose_address(output);
    start_over(now);
    set_state(ClientState::kQualifying, StateReason::kNone, output);
    return change;
}

void Qualification::requalify(Instant now, Output& output) {
    unanswered_ = 0;
    solicit(now, output);
}

Qualification::AddressChange Qualification::handle_timeout(Instant now, Output& output) {
    AddressChange change = AddressChange::kSame;
    if (address_expiry_ && *address_expiry_ <= now) {
        change = lose_address(output);
        start_over(now);
        set_state(ClientState::kQualifying, StateReason::kNoReply, output);
        output.notify(ServerNameNeeded{});
    }
    if (next_solicitation_ <= now) {
        solicit(now, output);
    }
    if (next_secondary_ && *next_secondary_ <= now) {
        solicit_secondary(now, output);
    }
    return change;
}

Instant Qualification::next_deadline() const {
    Instant deadline = next_solicitation_;
    if (next_secondary_) {
        deadline = std::min(deadline, *next_secondary_);
    }
    if (address_expiry_) {
        deadline = std::min(deadline, *address_expiry_);
    }
    return deadline;
}

Result<Qualification::AddressChange, DropReason>
Qualification::handle_advertisement(Instant now,
                                    Endpoint from,
                                    const wire::TeredoDatagram& datagram,
                                    const TargetRules& rules,
                                    Output& output) {
    const bool is_primary = servers_ && from == server();
    SolicitationNonces& nonces = is_primary ? primary_nonces_ : secondary_nonces_;
    if (!is_server(from) || !nonces.is_waiting(now)) {
        return Failure{DropReason::kAdvertisementUnexpected};
    }
    const auto sent_at =
        datagram.authentication ? nonces.take(now, datagram.authentication->nonce) : std::nullopt;
    if (!sent_at) {
        return Failure{DropReason::kAdvertisementNonce};
    }
    const Result<Advertised, DropReason> advertised = check(from, datagram, rules);
    if (!advertised) {
        has_rejected_ = has_rejected_ || is_primary;
        return Failure{advertised.error()};
    }
    if (is_primary) {
        server_rtt_ = now - *sent_at;
        return accept_primary(now, *advertised, output);
    }
    accept_secondary(*advertised, output);
    return AddressChange::kSame;
}

void Qualification::handle_server_packet(Instant now) {
    last_interaction_ = now;
    if (address_ && unanswered_ == 0) {
        next_solicitation_ = now + refresh_;
    }
}

bool Qualification::is_server(Endpoint endpoint) const {
    return servers_ && endpoint.port == wire::kTeredoPort &&
           (endpoint.address == servers_->primary || endpoint.address == servers_->secondary);
}

void Qualification::describe(ClientStatus& status) const {
    status.state = state_;
    status.reason = reason_;
    status.nat_type = nat_type_;
    if (servers_) {
        status.server = servers_->primary;
        status.secondary = servers_->secondary;
    }
    status.address = address_;
    status.mapped = mapped_;
    status.mtu = mtu_;
    status.server_rtt = server_rtt_;
    if (last_interaction_ != kNever) {
        status.last_server_interaction = last_interaction_;
    }
}

// RFC 4380 §5.2.1 and RFC 4861 §6.1.2: one prefix, of the Teredo service and of our server (its
// secondary address may name itself), and the origin.
Result<Qualification::Advertised, DropReason> Qualification::check(
    Endpoint from, const wire::TeredoDatagram& datagram, const TargetRules& rules) const {
    const auto advertisement = wire::parse_router_advertisement(datagram.packet);
    if (!advertisement || datagram.packet.destination() != wire::kClientLinkLocal ||
        advertisement->prefix_count != 1 || advertisement->prefix.length != 64) {
        return Failure{DropReason::kAdvertisementInvalid};
    }
    const auto prefix = wire::TeredoAddress::parse(advertisement->prefix.address);
    const std::uint32_t mtu = advertisement->mtu.value_or(wire::kMinimumMtu);
    const bool is_ours =
        prefix && (prefix->server == servers_->primary || prefix->server == from.address);
    if (!is_ours || mtu < wire::kMinimumMtu || mtu > kMaximumMtu) {
        return Failure{DropReason::kAdvertisementInvalid};
    }
    if (!datagram.origin || datagram.origin->port == 0 ||
        !rules.is_usable(datagram.origin->address)) {
        return Failure{DropReason::kAdvertisementOrigin};
    }
    return Advertised{*datagram.origin, static_cast<std::uint16_t>(mtu)};
}

Qualification::AddressChange
Qualification::accept_primary(Instant now, const Advertised& advertised, Output& output) {
    primary_nonces_.clear();
    unanswered_ = 0;
    has_rejected_ = false;
    address_expiry_.reset();
    draw_refresh();

    const bool changed = mapped_ != advertised.origin;
    const bool announce = changed || mtu_ != advertised.mtu;
    mtu_ = advertised.mtu;
    if (changed) {
        learn_address(advertised.origin);
    }
    handle_server_packet(now);
    if (announce) {
        announce_address(output);
    }
    set_state(ClientState::kQualified, StateReason::kNone, output);
    if (changed) {
        solicit_secondary(now, output);
    }
    return changed ? AddressChange::kChanged : AddressChange::kSame;
}

void Qualification::accept_secondary(const Advertised& advertised, Output& output) {
    secondary_nonces_.clear();
    next_secondary_.reset();
    learn_nat_type(advertised.origin == mapped_ ? NatType::kConeOrRestricted : NatType::kSymmetric,
                   output);
}

void Qualification::learn_address(Endpoint mapped) {
    if (!last_ || last_->server != servers_->primary || last_->mapped != mapped) {
        const auto random = static_cast<std::uint16_t>(random_.uint32());
        last_ = wire::TeredoAddress{servers_->primary, wire::random_flags(random), mapped};
    }
    mapped_ = mapped;
    address_ = last_->to_ipv6();
    nat_type_ = NatType::kUnknown;
    secondary_tries_ = 0;
    secondary_nonces_.clear();
}

void Qualification::solicit(Instant now, Output& output) {
    if (!servers_) {
        // Settings with its address are what we wait for; ask again in case they went astray.
        set_state(ClientState::kQualifying, StateReason::kServerNeeded, output);
        output.notify(ServerNameNeeded{});
        next_solicitation_ = now + kMaximumSolicitationGap;
        return;
    }
    if (unanswered_ > 0 && unanswered_ % kUnansweredLimit == 0) {
        note_silence(now, output);
    }
    send_solicitation(now, servers_->primary, primary_nonces_, output);
    next_solicitation_ = now + gap_after(unanswered_);
    ++unanswered_;
}

void Qualification::solicit_secondary(Instant now, Output& output) {
    if (secondary_tries_ >= kSecondaryTries) {
        next_secondary_.reset();
        learn_nat_type(NatType::kUnknown, output);
        return;
    }
    send_solicitation(now, *servers_->secondary, secondary_nonces_, output);
    ++secondary_tries_;
    next_secondary_ = now + kSolicitationTimeout;
}

void Qualification::send_solicitation(Instant now,
                                      Ipv4Address server,
                                      SolicitationNonces& nonces,
                                      Output& output) {
    wire::Authentication authentication;
    authentication.nonce = random_.uint64();
    nonces.add(now, authentication.nonce);
    StaticBytes<kAuthenticationSize + wire::kRouterSolicitationSize> datagram;
    wire::write_authentication(datagram.extend(kAuthenticationSize), authentication);
    static_cast<void>(
        datagram.append(wire::build_router_solicitation(wire::kClientLinkLocal).bytes()));
    output.send(ServiceSocket::kPrimary, Endpoint{server, wire::kTeredoPort}, datagram.bytes());
    ++counters_.solicitations_sent;
}

// Three more solicitations were in vain.
void Qualification::note_silence(Instant now, Output& output) {
    const StateReason reason = has_rejected_ ? StateReason::kRejected : StateReason::kNoReply;
    if (address_) {
        if (!address_expiry_) {
            address_expiry_ = now + kDegradedLifetime;
        }
        set_state(ClientState::kDegraded, reason, output);
    } else {
        set_state(ClientState::kQualifying, reason, output);
    }
    has_rejected_ = false;
    output.notify(ServerNameNeeded{});
}

Qualification::AddressChange Qualification::lose_address(Output& output) {
    if (!address_) {
        return AddressChange::kSame;
    }
    address_.reset();
    mapped_.reset();
    output.notify(AddressLost{});
    return AddressChange::kChanged;
}

void Qualification::start_over(Instant now) {
    address_expiry_.reset();
    next_secondary_.reset();
    nat_type_ = NatType::kUnknown;
    server_rtt_.reset();
    unanswered_ = 0;
    has_rejected_ = false;
    next_solicitation_ = now;
}

void Qualification::set_state(ClientState state, StateReason reason, Output& output) {
    if (state != state_ || reason != reason_) {
        state_ = state;
        reason_ = reason;
        output.notify(StateChanged{state, reason});
    }
}

void Qualification::learn_nat_type(NatType type, Output& output) {
    nat_type_ = type;
    output.notify(NatTypeLearnt{type});
}

void Qualification::announce_address(Output& output) const {
    output.notify(AddressLearnt{*address_, *mapped_, servers_->primary, mtu_});
}

Duration Qualification::gap_after(std::uint32_t solicitations) {
    const Duration gap = solicitations < kSolicitationGaps.size() ? kSolicitationGaps[solicitations]
                                                                  : kMaximumSolicitationGap;
    return random_.uniform(gap * 9 / 10, gap * 11 / 10);
}

void Qualification::draw_refresh() {
    refresh_ = random_.uniform(refresh_interval_ * 3 / 4, refresh_interval_);
}

}  // namespace miredo::teredo
