// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/qualification.hpp"

#include <algorithm>

namespace miredo::teredo {
namespace {

// The deployed convention where no secondary address is configured.
std::optional<ServerAddresses> complete(std::optional<ServerAddresses> servers) {
    if (servers && !servers->secondary) {
        servers->secondary = Ipv4Address{servers->primary.value() + 1};
    }
    return servers;
}

}  // namespace

Qualification::Qualification(RandomSource& random,
                             Counters& counters,
                             const ClientSettings& settings,
                             Instant now)
    : random_{random},
      solicitor_{random, counters, settings},
      servers_{complete(settings.server)},
      refresh_interval_{settings.refresh_interval},
      next_solicitation_{now} {
    draw_refresh();
}

Qualification::AddressChange
Qualification::apply(Instant now, const ClientSettings& settings, Output& output) {
    const bool has_new_secret = solicitor_.apply(settings);
    const std::optional<ServerAddresses> servers = complete(settings.server);
    if (servers == servers_) {
        if (has_new_secret) {
            requalify(now, output);
        }
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

void Qualification::use_refresh_interval(Duration interval) {
    if (interval != refresh_interval_) {
        refresh_interval_ = interval;
        draw_refresh();
        handle_server_packet(last_interaction_);
    }
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
    if (!is_server(from)) {
        return Failure{DropReason::kAdvertisementUnexpected};
    }
    const Result<Advertised, DropReason> advertised =
        solicitor_.judge(now, from, datagram, *servers_, nonces, rules);
    if (!advertised) {
        const bool is_answer = advertised.error() != DropReason::kAdvertisementUnexpected &&
                               advertised.error() != DropReason::kAdvertisementNonce;
        has_rejected_ = has_rejected_ || (is_primary && is_answer);
        return Failure{advertised.error()};
    }
    if (is_primary) {
        server_rtt_ = advertised->rtt;
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
    status.is_key_outdated = is_key_outdated_;
    status.nat_type = nat_type_;
    if (servers_) {
        status.server = servers_->primary;
        status.secondary = servers_->secondary;
    }
    status.address = address_;
    status.mapped = mapped_;
    status.mtu = mtu_;
    status.server_rtt = server_rtt_;
    status.refresh_interval = refresh_interval_;
    if (last_interaction_ != kNever) {
        status.last_server_interaction = last_interaction_;
    }
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
    set_state(ClientState::kQualified, StateReason::kNone, advertised.is_key_outdated, output);
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
    solicitor_.send(now, ServiceSocket::kPrimary, servers_->primary, primary_nonces_, output);
    next_solicitation_ = now + gap_after(unanswered_);
    ++unanswered_;
}

void Qualification::solicit_secondary(Instant now, Output& output) {
    if (secondary_tries_ >= kSecondaryTries) {
        next_secondary_.reset();
        learn_nat_type(NatType::kUnknown, output);
        return;
    }
    solicitor_.send(now, ServiceSocket::kPrimary, *servers_->secondary, secondary_nonces_, output);
    ++secondary_tries_;
    next_secondary_ = now + kSolicitationTimeout;
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
    is_key_outdated_ = false;
    unanswered_ = 0;
    has_rejected_ = false;
    next_solicitation_ = now;
}

void Qualification::set_state(ClientState state, StateReason reason, Output& output) {
    set_state(state, reason, is_key_outdated_, output);
}

void Qualification::set_state(ClientState state,
                              StateReason reason,
                              bool is_key_outdated,
                              Output& output) {
    if (state != state_ || reason != reason_ || is_key_outdated != is_key_outdated_) {
        state_ = state;
        reason_ = reason;
        is_key_outdated_ = is_key_outdated;
        output.notify(StateChanged{state, reason, is_key_outdated});
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
