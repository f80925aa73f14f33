// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What clients and relays share: a UDP socket and a tunnel device that are opened together, and a
// device that is kept as wished.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "daemon/context.hpp"
#include "daemon/instance_status.hpp"
#include "daemon/interface_manager.hpp"
#include "io/tun_device.hpp"
#include "io/udp_socket.hpp"

namespace miredo::daemon {

// Opens both. A bind address that can't be resolved or is not local (yet) is waited for; anything
// else that goes wrong ends in context.fail().
class TunnelOpening {
  public:
    using Done = std::function<void(io::UdpSocket socket, io::TunDevice device)>;
    using Waiting = std::function<void(const Error& error)>;

    // `context`, `tunnel` and what `subject` points to must outlive this. `waiting` is called with
    // what is waited for.
    TunnelOpening(Context& context,
                  std::string_view subject,
                  const config::TunnelConfiguration& tunnel,
                  broker::TunQueues queues,
                  Done done,
                  Waiting waiting);

    void begin();

  private:
    void open(Ipv4Address bind_address);
    void wait(const Error& error);

    Context& context_;
    std::string_view subject_;
    const config::TunnelConfiguration& tunnel_;
    broker::TunQueues queues_;
    Done done_;
    Waiting waiting_;
    RetryTimer again_;
};

// Keeps the device as wished: what the kernel refuses is said and tried again.
class InterfaceKeeper {
  public:
    InterfaceKeeper(Context& context, std::string_view subject);

    // From now on `tun` is kept; it stays open until end().
    void adopt(int tun) {
        tun_ = tun;
        manager_.emplace(context_.broker, tun);
    }
    // Without effect before adopt().
    void want(InterfaceWishes wishes);
    // Takes everything off the device.
    void end();
    // BrokerClient::is_mentioned_by_firewall(); an error before adopt().
    [[nodiscard]] Expected<bool> is_mentioned_by_firewall() const;

  private:
    void apply();

    Context& context_;
    std::string_view subject_;
    std::optional<InterfaceManager> manager_;
    int tun_ = -1;
    InterfaceWishes wishes_;
    RetryTimer again_;
};

// What a reload can't change while the instance runs stays as it is in `wanted`.
void keep_what_needs_restart(const config::TunnelConfiguration& running,
                             config::TunnelConfiguration& wanted);

// As it is shown; `mtu` is the one in force.
[[nodiscard]] InterfaceStatus describe(const io::TunDevice& device, std::uint16_t mtu);

}  // namespace miredo::daemon
