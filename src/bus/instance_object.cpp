// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/instance_object.hpp"

#include <memory>
#include <utility>

#include "bus/describe.hpp"
#include "dbus/names.hpp"

namespace miredo::bus {

sdbus::ObjectPath path_of(const daemon::Instance& instance) {
    return sdbus::ObjectPath{dbus::kInstancePathPrefix + std::string{instance.name()}};
}

InstanceObject::InstanceObject(sdbus::IConnection& connection,
                               daemon::Instance& instance,
                               Calls& calls)
    : AdaptorInterfaces{connection, path_of(instance)}, instance_{instance}, calls_{calls} {
    registerAdaptor();
}

InstanceObject::~InstanceObject() {
    unregisterAdaptor();
}

void InstanceObject::emit_changed(const std::vector<std::string>& properties) {
    dbus::emit_properties_changed(getObject(), INTERFACE_NAME, properties);
}

void InstanceObject::ListPeers(sdbus::Result<std::vector<Dictionary>, std::uint64_t>&& result,
                               Dictionary filter,
                               std::uint64_t offset,
                               std::uint32_t limit) {
    const daemon::PeerQuery query = peer_query(filter, offset, limit);
    calls_.accept(
        getObject(),
        std::move(result),
        [&instance = instance_, query](const std::shared_ptr<PeersReply>& reply) {
            const auto answer = [owed = std::weak_ptr{reply}](Expected<daemon::PeerPage> page) {
                const auto still_owed = owed.lock();
                if (!still_owed) {
                    return;
                }
                if (!page) {
                    still_owed->refuse(
                        dbus::make_error(dbus::error::kBusy, valid_text(page.error().to_string())));
                    return;
                }
                still_owed->give(dictionaries(page->peers), page->total);
            };
            instance.list_peers(query, answer);
        });
}

std::string InstanceObject::Describe() {
    instance_.check_health();
    return to_text(describe(instance_.status(), instance_.statistics()));
}

std::string InstanceObject::Name() {
    return std::string{instance_.name()};
}

std::string InstanceObject::Role() {
    return std::string{instance_.name()};
}

std::string InstanceObject::State() {
    return std::string{to_string(instance_.status().state)};
}

std::string InstanceObject::StateReason() {
    return std::string{instance_.status().reason};
}

std::string InstanceObject::StateMessage() {
    return valid_text(instance_.status().message);
}

std::uint64_t InstanceObject::StateChangeTimestamp() {
    return instance_.status().since.realtime;
}

std::uint64_t InstanceObject::StateChangeTimestampMonotonic() {
    return instance_.status().since.monotonic;
}

std::string InstanceObject::InterfaceName() {
    const auto interface = instance_.status().interface;
    return interface ? valid_text(interface->name) : std::string{};
}

std::int32_t InstanceObject::InterfaceIndex() {
    const auto interface = instance_.status().interface;
    return interface ? static_cast<std::int32_t>(interface->index) : 0;
}

std::uint32_t InstanceObject::Mtu() {
    const auto interface = instance_.status().interface;
    return interface ? interface->mtu : 0U;
}

EndpointValue InstanceObject::LocalEndpoint() {
    return endpoint_value(instance_.status().local);
}

std::uint64_t InstanceObject::PeerCount() {
    const auto peers = instance_.status().peers;
    return peers ? peers->count : 0;
}

std::uint64_t InstanceObject::PeerLimit() {
    const auto peers = instance_.status().peers;
    return peers ? peers->limit : 0;
}

std::map<std::string, std::uint64_t> InstanceObject::Statistics() {
    return instance_.statistics();
}

std::map<std::string, std::string> InstanceObject::Offloads() {
    std::map<std::string, std::string> words;
    for (const daemon::OffloadStatus& offload : instance_.status().offloads) {
        words.emplace(offload.name, offload_word(offload));
    }
    return words;
}

}  // namespace miredo::bus
