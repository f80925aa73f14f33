// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/changes.hpp"

#include <array>
#include <cstddef>
#include <variant>

#include "bus/values.hpp"

namespace miredo::bus {
namespace {

using daemon::ClientDetails;
using daemon::InstanceStatus;
using daemon::RelayDetails;
using daemon::ServerDetails;

template <typename Status>
struct Property {
    const char* name;
    bool (*differs)(const Status& before, const Status& after);
};

template <auto kMember, typename Status>
bool member_differs(const Status& before, const Status& after) {
    return !(before.*kMember == after.*kMember);
}

template <typename Status, std::size_t kSize>
std::vector<std::string> changed(const std::array<Property<Status>, kSize>& properties,
                                 const Status& before,
                                 const Status& after) {
    std::vector<std::string> names;
    for (const Property<Status>& property : properties) {
        if (property.differs(before, after)) {
            names.emplace_back(property.name);
        }
    }
    return names;
}

daemon::InterfaceStatus interface_of(const InstanceStatus& status) {
    return status.interface.value_or(daemon::InterfaceStatus{});
}

std::uint64_t peer_limit_of(const InstanceStatus& status) {
    return status.peers ? status.peers->limit : 0;
}

std::uint64_t address_since(const ClientDetails& client) {
    return client.address ? client.address_since.realtime : 0;
}

constexpr std::array kInstanceProperties{
    Property<InstanceStatus>{"State", member_differs<&InstanceStatus::state>},
    Property<InstanceStatus>{"StateReason", member_differs<&InstanceStatus::reason>},
    Property<InstanceStatus>{"StateMessage", member_differs<&InstanceStatus::message>},
    Property<InstanceStatus>{"StateChangeTimestamp",
                             [](const InstanceStatus& before, const InstanceStatus& after) {
                                 return before.since.realtime != after.since.realtime;
                             }},
    Property<InstanceStatus>{"StateChangeTimestampMonotonic",
                             [](const InstanceStatus& before, const InstanceStatus& after) {
                                 return before.since.monotonic != after.since.monotonic;
                             }},
    Property<InstanceStatus>{"InterfaceName",
                             [](const InstanceStatus& before, const InstanceStatus& after) {
                                 return interface_of(before).name != interface_of(after).name;
                             }},
    Property<InstanceStatus>{"InterfaceIndex",
                             [](const InstanceStatus& before, const InstanceStatus& after) {
                                 return interface_of(before).index != interface_of(after).index;
                             }},
    Property<InstanceStatus>{"Mtu",
                             [](const InstanceStatus& before, const InstanceStatus& after) {
                                 return interface_of(before).mtu != interface_of(after).mtu;
                             }},
    Property<InstanceStatus>{"LocalEndpoint", member_differs<&InstanceStatus::local>},
    Property<InstanceStatus>{"PeerLimit",
                             [](const InstanceStatus& before, const InstanceStatus& after) {
                                 return peer_limit_of(before) != peer_limit_of(after);
                             }},
};

constexpr std::array kClientProperties{
    Property<ClientDetails>{"Address", member_differs<&ClientDetails::address>},
    Property<ClientDetails>{"AddressAssignedTimestamp",
                            [](const ClientDetails& before, const ClientDetails& after) {
                                return address_since(before) != address_since(after);
                            }},
    Property<ClientDetails>{"ServerName", member_differs<&ClientDetails::server_name>},
    Property<ClientDetails>{"ServerAddress", member_differs<&ClientDetails::server>},
    Property<ClientDetails>{"SecondaryServerAddress", member_differs<&ClientDetails::secondary>},
    Property<ClientDetails>{"MappedEndpoint", member_differs<&ClientDetails::mapped>},
    Property<ClientDetails>{"NatType", member_differs<&ClientDetails::nat_type>},
    Property<ClientDetails>{"NativeIpv6", member_differs<&ClientDetails::has_native_ipv6>},
};

constexpr std::array kRelayProperties{
    Property<RelayDetails>{"Prefix", member_differs<&RelayDetails::prefix>},
    Property<RelayDetails>{"Mode", member_differs<&RelayDetails::mode>},
    Property<RelayDetails>{"ServedPrefixes", member_differs<&RelayDetails::served_prefixes>},
};

constexpr std::array kServerProperties{
    Property<ServerDetails>{"PrimaryAddress", member_differs<&ServerDetails::primary>},
    Property<ServerDetails>{"SecondaryAddress", member_differs<&ServerDetails::secondary>},
    Property<ServerDetails>{"Prefix", member_differs<&ServerDetails::prefix>},
    Property<ServerDetails>{"AdvertisedMtu", member_differs<&ServerDetails::advertised_mtu>},
};

}  // namespace

std::vector<std::string> changed_properties(const InstanceStatus& before,
                                            const InstanceStatus& after) {
    return changed(kInstanceProperties, before, after);
}

std::vector<std::string> changed_properties(const ClientDetails& before,
                                            const ClientDetails& after) {
    return changed(kClientProperties, before, after);
}

std::vector<std::string> changed_properties(const RelayDetails& before, const RelayDetails& after) {
    return changed(kRelayProperties, before, after);
}

std::vector<std::string> changed_properties(const ServerDetails& before,
                                            const ServerDetails& after) {
    return changed(kServerProperties, before, after);
}

std::optional<AddressChange> address_change(const InstanceStatus& before,
                                            const InstanceStatus& after) {
    const auto* client_before = std::get_if<ClientDetails>(&before.details);
    const auto* client_after = std::get_if<ClientDetails>(&after.details);
    if (client_before == nullptr || client_after == nullptr ||
        client_before->address == client_after->address) {
        return std::nullopt;
    }
    std::string reason{after.reason};
    if (client_after->address) {
        reason = client_before->address ? "mapping-changed" : "qualified";
    }
    return AddressChange{text_or_empty(client_before->address),
                         text_or_empty(client_after->address),
                         std::move(reason)};
}

}  // namespace miredo::bus
