// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a client shows of itself.
#include <fmt/format.h>

#include "broker/protocol.hpp"
#include "daemon/client_instance.hpp"
#include "daemon/message_ids.hpp"
#include "daemon/statistics.hpp"
#include "io/boottime_clock.hpp"

namespace miredo::daemon {
namespace {

// A complaint is looked into again when somebody reads it, but not more often than this.
constexpr Duration kFirewallCheckInterval = std::chrono::seconds{1};

struct Description {
    InstanceState state;
    std::string_view reason;
    std::string_view message;
};

// The engine knows what it waits for; people want to know what that means.
Description describe_state(const teredo::StateChanged& engine) {
    switch (engine.state) {
    case teredo::ClientState::kQualified:
        if (engine.is_key_outdated) {
            return {InstanceState::kQualified,
                    "key-outdated",
                    "the server answered, there is an address; it asks for a newer key"};
        }
        return {InstanceState::kQualified, {}, "the server answered, there is an address"};
    case teredo::ClientState::kDegraded:
        return {InstanceState::kDegraded,
                teredo::to_string(engine.reason),
                "the server does not answer any more; the address is kept for a while"};
    case teredo::ClientState::kQualifying:
        break;
    }
    switch (engine.reason) {
    case teredo::StateReason::kNoReply:
        return {InstanceState::kFailed,
                teredo::to_string(engine.reason),
                "the server does not answer: it is down, or UDP to its port 3544 is blocked"};
    case teredo::StateReason::kRejected:
        return {InstanceState::kFailed,
                teredo::to_string(engine.reason),
                "the server answers, but not with what makes an address"};
    case teredo::StateReason::kServerNeeded:
    case teredo::StateReason::kNone:
        break;
    }
    return {InstanceState::kProbing, {}, "asking the server"};
}

}  // namespace

void ClientInstance::update_state() {
    if (!waiting_for_.empty()) {
        state_.set(InstanceState::kStarting, "waiting", waiting_for_);
    } else if (!host_.is_running()) {
        return;
    } else if (is_dormant()) {
        state_.set(
            InstanceState::kDormant, "native-ipv6", "this host has native IPv6, and Native=yield");
    } else if (!server_) {
        state_.set(InstanceState::kResolving,
                   name_error_.empty() ? "" : "name-not-resolved",
                   name_error_.empty() ? "resolving " + configuration_.server : name_error_);
    } else {
        const Description description = describe_state(engine_state_);
        state_.set(description.state, description.reason, std::string{description.message});
    }
}

void ClientInstance::update_firewall_health() {
    firewall_checked_ = io::boottime_now();
    const auto mentioned = interface_.is_mentioned_by_firewall();
    const bool missing = mentioned && !*mentioned;
    if (missing == firewall_rule_missing_) {
        return;
    }
    firewall_rule_missing_ = missing;
    if (missing) {
        context_.log.event(
            message::kNoFirewallRule, name(), {{"INTERFACE", device_->name}}, firewall_complaint());
    }
    state_.touch();
}

void ClientInstance::check_health() {
    if (firewall_rule_missing_ &&
        io::boottime_now() - firewall_checked_ >= kFirewallCheckInterval) {
        update_firewall_health();
    }
}

std::string ClientInstance::firewall_complaint() const {
    return fmt::format(
        "no nftables rule mentions {} or its link group {}: every service of this host "
        "can be reached through the tunnel; see nftables-miredo.conf among the examples",
        device_->name,
        broker::kLinkGroup);
}

Statistics ClientInstance::statistics() const {
    return host_.statistics();
}

InstanceStatus ClientInstance::status() const {
    InstanceStatus status;
    state_.describe(status);
    status.interface = device_;
    if (status.interface && address_) {
        status.interface->mtu = mtu_;
    }
    status.local = local_;
    status.shards = host_.shards();
    ClientDetails details;
    details.address = address_;
    details.address_since = address_since_;
    details.server_name = configuration_.server;
    if (server_) {
        details.server = server_->primary;
    }
    details.mapped = mapped_;
    details.nat_type = nat_type_;
    details.refresh_interval = configuration_.refresh_interval;
    details.has_native_ipv6 = has_native_ipv6_;
    if (const auto snapshot = host_.snapshot()) {
        status.peers = peer_counts(snapshot->status);
        status.offloads = offload_statuses(snapshot->offloads);
        details.secondary = snapshot->status.secondary;
        details.refresh_interval = snapshot->status.refresh_interval;
        details.server_rtt = snapshot->status.server_rtt;
        if (const auto latest = snapshot->status.last_server_interaction) {
            details.last_reply = io::boottime_now() - *latest;
        }
    }
    status.details = std::move(details);
    if (engine_state_.is_key_outdated) {
        status.health.push_back({"key-outdated", kKeyOutdatedComplaint});
    }
    if (firewall_rule_missing_) {
        status.health.push_back({"no-firewall-rule", firewall_complaint()});
    }
    return status;
}

}  // namespace miredo::daemon
