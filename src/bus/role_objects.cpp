// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/role_objects.hpp"

#include <memory>
#include <utility>

#include "bus/instance_object.hpp"
#include "dbus/names.hpp"

namespace miredo::bus {
namespace {

template <typename Details>
Details details_of(const daemon::Instance& instance) {
    const daemon::InstanceStatus status = instance.status();
    const auto* details = std::get_if<Details>(&status.details);
    return details != nullptr ? *details : Details{};
}

}  // namespace

ClientObject::ClientObject(sdbus::IConnection& connection, daemon::Instance& instance, Calls& calls)
    : AdaptorInterfaces{connection, path_of(instance)}, instance_{instance}, calls_{calls} {
    registerAdaptor();
}

ClientObject::~ClientObject() {
    unregisterAdaptor();
}

void ClientObject::emit_changed(const std::vector<std::string>& properties) {
    dbus::emit_properties_changed(getObject(), INTERFACE_NAME, properties);
}

daemon::ClientDetails ClientObject::details() const {
    return details_of<daemon::ClientDetails>(instance_);
}

void ClientObject::Requalify(sdbus::Result<>&& result) {
    calls_.accept(getObject(),
                  std::move(result),
                  [&instance = instance_](const std::shared_ptr<Reply<>>& reply) {
                      if (instance.requalify()) {
                          reply->give();
                      } else {
                          reply->refuse(dbus::make_error(
                              dbus::error::kBusy, "the client has not begun yet; try again"));
                      }
                  });
}

std::string ClientObject::Address() {
    return text_or_empty(details().address);
}

std::uint64_t ClientObject::AddressAssignedTimestamp() {
    const daemon::ClientDetails client = details();
    return client.address ? client.address_since.realtime : 0;
}

std::string ClientObject::ServerName() {
    return valid_text(details().server_name);
}

std::string ClientObject::ServerAddress() {
    return text_or_empty(details().server);
}

std::string ClientObject::SecondaryServerAddress() {
    return text_or_empty(details().secondary);
}

EndpointValue ClientObject::MappedEndpoint() {
    return endpoint_value(details().mapped);
}

std::string ClientObject::NatType() {
    return std::string{to_string(details().nat_type)};
}

bool ClientObject::NativeIpv6() {
    return details().has_native_ipv6;
}

std::uint64_t ClientObject::RefreshIntervalUSec() {
    return microseconds(details().refresh_interval);
}

std::uint64_t ClientObject::LastReplyTimestamp() {
    const auto ago = details().last_reply;
    return ago ? daemon::Timestamp::now().realtime - microseconds(*ago) : 0;
}

std::uint64_t ClientObject::ServerRttUSec() {
    return microseconds(details().server_rtt.value_or(Duration{}));
}

RelayObject::RelayObject(sdbus::IConnection& connection, daemon::Instance& instance)
    : AdaptorInterfaces{connection, path_of(instance)}, instance_{instance} {
    registerAdaptor();
}

RelayObject::~RelayObject() {
    unregisterAdaptor();
}

void RelayObject::emit_changed(const std::vector<std::string>& properties) {
    dbus::emit_properties_changed(getObject(), INTERFACE_NAME, properties);
}

daemon::RelayDetails RelayObject::details() const {
    return details_of<daemon::RelayDetails>(instance_);
}

std::string RelayObject::Prefix() {
    return details().prefix.to_string();
}

std::string RelayObject::Mode() {
    return mode_word(details().mode);
}

std::vector<std::string> RelayObject::ServedPrefixes() {
    return texts(details().served_prefixes);
}

ServerObject::ServerObject(sdbus::IConnection& connection, daemon::Instance& instance)
    : AdaptorInterfaces{connection, path_of(instance)}, instance_{instance} {
    registerAdaptor();
}

ServerObject::~ServerObject() {
    unregisterAdaptor();
}

void ServerObject::emit_changed(const std::vector<std::string>& properties) {
    dbus::emit_properties_changed(getObject(), INTERFACE_NAME, properties);
}

daemon::ServerDetails ServerObject::details() const {
    return details_of<daemon::ServerDetails>(instance_);
}

std::string ServerObject::PrimaryAddress() {
    return text_or_empty(details().primary);
}

std::string ServerObject::SecondaryAddress() {
    return text_or_empty(details().secondary);
}

std::string ServerObject::Prefix() {
    return details().prefix.to_string();
}

std::uint32_t ServerObject::AdvertisedMtu() {
    return details().advertised_mtu;
}

}  // namespace miredo::bus
