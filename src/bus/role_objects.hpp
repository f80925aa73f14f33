// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The roles' own interfaces, at the path of their instance: org.miredo.Miredo1.Client, Relay and
// Server. Where an instance has no such details (yet) the values are empty.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <miredo1_client_adaptor.hpp>
#include <miredo1_relay_adaptor.hpp>
#include <miredo1_server_adaptor.hpp>

#include <sdbus-c++/sdbus-c++.h>

#include "bus/calls.hpp"
#include "bus/values.hpp"
#include "daemon/instance.hpp"

namespace miredo::bus {

// All of them: instance and Calls must outlive the object; emit_changed() throws sdbus::Error where
// the bus is gone.

class ClientObject final : public sdbus::AdaptorInterfaces<org::miredo::Miredo1::Client_adaptor> {
  public:
    ClientObject(sdbus::IConnection& connection, daemon::Instance& instance, Calls& calls);
    ClientObject(const ClientObject&) = delete;
    ClientObject& operator=(const ClientObject&) = delete;
    ClientObject(ClientObject&&) = delete;
    ClientObject& operator=(ClientObject&&) = delete;
    ~ClientObject();

    void emit_changed(const std::vector<std::string>& properties);

  private:
    void Requalify(sdbus::Result<>&& result) override;

    std::string Address() override;
    std::uint64_t AddressAssignedTimestamp() override;
    std::string ServerName() override;
    std::string ServerAddress() override;
    std::string SecondaryServerAddress() override;
    EndpointValue MappedEndpoint() override;
    std::string NatType() override;
    bool NativeIpv6() override;
    std::uint64_t RefreshIntervalUSec() override;
    std::uint64_t LastReplyTimestamp() override;
    std::uint64_t ServerRttUSec() override;

    [[nodiscard]] daemon::ClientDetails details() const;

    daemon::Instance& instance_;
    Calls& calls_;
};

class RelayObject final : public sdbus::AdaptorInterfaces<org::miredo::Miredo1::Relay_adaptor> {
  public:
    RelayObject(sdbus::IConnection& connection, daemon::Instance& instance);
    RelayObject(const RelayObject&) = delete;
    RelayObject& operator=(const RelayObject&) = delete;
    RelayObject(RelayObject&&) = delete;
    RelayObject& operator=(RelayObject&&) = delete;
    ~RelayObject();

    void emit_changed(const std::vector<std::string>& properties);

  private:
    std::string Prefix() override;
    std::string Mode() override;
    std::vector<std::string> ServedPrefixes() override;

    [[nodiscard]] daemon::RelayDetails details() const;

    daemon::Instance& instance_;
};

class ServerObject final : public sdbus::AdaptorInterfaces<org::miredo::Miredo1::Server_adaptor> {
  public:
    ServerObject(sdbus::IConnection& connection, daemon::Instance& instance);
    ServerObject(const ServerObject&) = delete;
    ServerObject& operator=(const ServerObject&) = delete;
    ServerObject(ServerObject&&) = delete;
    ServerObject& operator=(ServerObject&&) = delete;
    ~ServerObject();

    void emit_changed(const std::vector<std::string>& properties);

  private:
    std::string PrimaryAddress() override;
    std::string SecondaryAddress() override;
    std::string Prefix() override;
    std::uint32_t AdvertisedMtu() override;

    [[nodiscard]] daemon::ServerDetails details() const;

    daemon::Instance& instance_;
};

}  // namespace miredo::bus
