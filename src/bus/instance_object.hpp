// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// An instance on the bus: org.miredo.Miredo1.Instance. The role's own interface stands at the same
// path (role_objects.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <miredo1_instance_adaptor.hpp>

#include <sdbus-c++/sdbus-c++.h>

#include "bus/calls.hpp"
#include "bus/peers.hpp"
#include "bus/values.hpp"
#include "daemon/instance.hpp"

namespace miredo::bus {

[[nodiscard]] sdbus::ObjectPath path_of(const daemon::Instance& instance);

// Instance and Calls must outlive it. Not exported before the constructor has returned.
class InstanceObject final
    : public sdbus::AdaptorInterfaces<org::miredo::Miredo1::Instance_adaptor> {
  public:
    InstanceObject(sdbus::IConnection& connection, daemon::Instance& instance, Calls& calls);
    InstanceObject(const InstanceObject&) = delete;
    InstanceObject& operator=(const InstanceObject&) = delete;
    InstanceObject(InstanceObject&&) = delete;
    InstanceObject& operator=(InstanceObject&&) = delete;
    ~InstanceObject();

    // Throws sdbus::Error where the bus is gone.
    void emit_changed(const std::vector<std::string>& properties);

  private:
    using PeersReply = Reply<std::vector<Dictionary>, std::uint64_t>;

    void ListPeers(sdbus::Result<std::vector<Dictionary>, std::uint64_t>&& result,
                   Dictionary filter,
                   std::uint64_t offset,
                   std::uint32_t limit) override;
    std::string Describe() override;

    std::string Name() override;
    std::string Role() override;
    std::string State() override;
    std::string StateReason() override;
    std::string StateMessage() override;
    std::uint64_t StateChangeTimestamp() override;
    std::uint64_t StateChangeTimestampMonotonic() override;
    std::string InterfaceName() override;
    std::int32_t InterfaceIndex() override;
    std::uint32_t Mtu() override;
    EndpointValue LocalEndpoint() override;
    std::uint64_t PeerCount() override;
    std::uint64_t PeerLimit() override;
    std::map<std::string, std::uint64_t> Statistics() override;
    std::map<std::string, std::string> Offloads() override;

    daemon::Instance& instance_;
    Calls& calls_;
};

}  // namespace miredo::bus
