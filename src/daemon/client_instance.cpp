// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/client_instance.hpp"

#include <fmt/format.h>

#include "broker/protocol.hpp"
#include "daemon/engine_settings.hpp"
#include "daemon/message_ids.hpp"
#include "daemon/statistics.hpp"
#include "daemon/surroundings.hpp"
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

ClientInstance::ClientInstance(Context& context, config::ClientConfiguration configuration)
    : context_{context},
      configuration_{std::move(configuration)},
      state_{context, *this},
      opening_{context,
               name(),
               configuration_.tunnel,
               [this](io::UdpSocket socket, io::TunDevice device) {
                   launch(std::move(socket), std::move(device));
               },
               [this](const Error& error) {
                   waiting_for_ = error.to_string();
                   update_state();
               }},
      host_{context, name()},
      interface_{context, name()},
      look_up_again_{context, [this] { look_up_server(); }} {}

void ClientInstance::begin() {
    look_up_server();
    opening_.begin();
}

void ClientInstance::launch(io::UdpSocket socket, io::TunDevice device) {
    waiting_for_.clear();
    local_ = socket.local_endpoint();
    device_ = describe(device, configuration_.tunnel.mtu);
    interface_.adopt(device.fd());
    host_.launch(ShardEdges{std::move(socket), std::nullopt, std::move(device), std::nullopt},
                 settings(),
                 [this](const teredo::Event& event) { handle(event); });
    update_firewall_health();
    update_state();
}

Expected<teredo::ClientSettings> ClientInstance::settings() {
    auto surroundings =
        survey(context_.netlink, configuration_.tunnel.allow_private_addresses, context_.own_ports);
    if (!surroundings) {
        return Failure{surroundings.error()};
    }
    return client_settings(configuration_, server_, std::move(*surroundings));
}

void ClientInstance::look_up_server() {
    context_.names.resolve(configuration_.server, [this](const Expected<Ipv4Address>& address) {
        if (address) {
            look_up_secondary(*address);
        } else {
            look_up_again_.wait(name(),
                                address.error(),
                                message::kNameNotResolved,
                                {{"MIREDO_SERVER", configuration_.server}});
            show_name_error(address.error());
        }
    });
}

void ClientInstance::show_name_error(const Error& error) {
    name_error_ = error.to_string();
    update_state();
}

void ClientInstance::look_up_secondary(Ipv4Address primary) {
    if (!is_server_usable(primary)) {
        return;
    }
    if (configuration_.secondary_server.empty()) {
        use_server({primary, std::nullopt});  // the engine takes the next address
        return;
    }
    context_.names.resolve(
        configuration_.secondary_server, [this, primary](const Expected<Ipv4Address>& secondary) {
            if (!secondary) {
                context_.log.warning(name(),
                                     "{}; asking the primary's next address instead",
                                     secondary.error().to_string());
            }
            use_server({primary, secondary ? std::optional{*secondary} : std::nullopt});
        });
}

bool ClientInstance::is_server_usable(Ipv4Address address) {
    const wire::Ipv4Filter filter{configuration_.tunnel.allow_private_addresses, {}};
    if (filter.is_usable(address)) {
        return true;
    }
    const Error error{"this server address is not a public one",
                      configuration_.server + " (" + address.to_string() + ")",
                      0,
                      "Name a server on the Internet, or set AllowPrivateAddresses=yes"};
    if (!host_.is_running() && Ipv4Address::parse(configuration_.server)) {
        context_.fail(error, ExitCode::kConfiguration);
    } else {
        look_up_again_.wait(name(), error);
        show_name_error(error);
    }
    return false;
}

void ClientInstance::use_server(const teredo::ServerAddresses& server) {
    look_up_again_.reset();
    name_error_.clear();
    server_ = server;
    host_.apply(settings());
    update_state();
    state_.touch();
}

void ClientInstance::look_around() {
    host_.apply(settings());
}

void ClientInstance::reload(const config::Configuration& wanted, config::Configuration& in_force) {
    if (!wanted.client) {
        return;
    }
    config::ClientConfiguration next = *wanted.client;
    keep_what_needs_restart(configuration_.tunnel, next.tunnel);
    in_force.client = next;
    if (next == configuration_) {
        return;
    }
    configuration_ = std::move(next);
    look_up_server();
    host_.apply(settings());
    apply_wishes();
    update_firewall_health();
    state_.touch();
}

void ClientInstance::end() {
    host_.stop();
    interface_.end();
}

void ClientInstance::handle(const teredo::Event& event) {
    std::visit([this](const auto& alternative) { handle(alternative); }, event);
}

void ClientInstance::handle(const teredo::AddressLearnt& event) {
    if (address_ != event.address) {
        address_since_ = Timestamp::now();
    }
    address_ = event.address;
    mapped_ = event.mapped;
    mtu_ = event.mtu;
    apply_wishes();
    context_.log.event(message::kAddressLearnt,
                       name(),
                       {{"MIREDO_ADDRESS", event.address.to_string()},
                        {"MIREDO_SERVER", event.server.to_string()},
                        {"MIREDO_MAPPED", event.mapped.to_string()}},
                       fmt::format("address {}, mapped to {} by server {}",
                                   event.address.to_string(),
                                   event.mapped.to_string(),
                                   event.server.to_string()));
    state_.touch();
}

void ClientInstance::handle(const teredo::AddressLost& /*event*/) {
    std::vector<Field> fields;
    if (address_) {
        fields.push_back({"MIREDO_ADDRESS", address_->to_string()});
    }
    address_.reset();
    mapped_.reset();
    apply_wishes();
    context_.log.event(message::kAddressLost, name(), std::move(fields), "address lost");
    state_.touch();
}

void ClientInstance::handle(const teredo::StateChanged& event) {
    engine_state_ = event;
    update_state();
}

void ClientInstance::handle(const teredo::NatTypeLearnt& event) {
    nat_type_ = event.type;
    const std::string type{teredo::to_string(event.type)};
    context_.log.event(
        message::kNatTypeLearnt, name(), {{"MIREDO_NAT_TYPE", type}}, "NAT type: " + type);
    state_.touch();
}

void ClientInstance::handle(const teredo::ServerNameNeeded& /*event*/) {
    if (!Ipv4Address::parse(configuration_.server)) {
        look_up_server();
    }
}

void ClientInstance::apply_wishes() {
    interface_.want(client_wishes(configuration_, address_, mtu_));
}

void ClientInstance::update_state() {
    if (!waiting_for_.empty()) {
        state_.set(InstanceState::kStarting, "waiting", waiting_for_);
    } else if (!host_.is_running()) {
        return;
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

bool ClientInstance::requalify() {
    return host_.ask([](teredo::Client& client, Instant now, teredo::Output& output) {
        client.requalify(now, output);
    });
}

void ClientInstance::list_peers(const PeerQuery& query, PeersListed done) {
    host_.list_peers(query, std::move(done));
}

Statistics ClientInstance::statistics() const {
    const auto snapshot = host_.snapshot();
    return snapshot ? to_statistics(snapshot->counters, snapshot->kernel_drops) : Statistics{};
}

InstanceStatus ClientInstance::status() const {
    InstanceStatus status;
    state_.describe(status);
    status.interface = device_;
    if (status.interface && address_) {
        status.interface->mtu = mtu_;
    }
    status.local = local_;
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
    if (const auto snapshot = host_.snapshot()) {
        status.peers = peer_counts(snapshot->status);
        details.secondary = snapshot->status.secondary;
        details.server_rtt = snapshot->status.server_rtt;
        if (const auto latest = snapshot->status.last_server_interaction) {
            details.last_reply = io::boottime_now() - *latest;
        }
    }
    status.details = std::move(details);
    if (firewall_rule_missing_) {
        status.health.push_back({"no-firewall-rule", firewall_complaint()});
    }
    return status;
}

}  // namespace miredo::daemon
