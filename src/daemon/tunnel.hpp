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
#include "daemon/interface_manager.hpp"
#include "io/tun_device.hpp"
#include "io/udp_socket.hpp"

namespace miredo::daemon {

// Opens both. A bind address that can't be resolved or is not local (yet) is waited for; anything
// else that goes wrong ends in context.fail().
class TunnelOpening {
  public:
    using Done = std::function<void(io::UdpSocket socket, io::TunDevice device)>;

    // `context`, `tunnel` and what `subject` points to must outlive this.
    TunnelOpening(Context& context,
                  std::string_view subject,
                  const config::TunnelConfiguration& tunnel,
                  Done done);

    void begin();

  private:
    void open(Ipv4Address bind_address);

    Context& context_;
    std::string_view subject_;
    const config::TunnelConfiguration& tunnel_;
    Done done_;
    RetryTimer again_;
};

// Keeps the device as wished: what the kernel refuses is said and tried again.
class InterfaceKeeper {
  public:
    InterfaceKeeper(Context& context, std::string_view subject);

    // From now on `tun` is kept; it stays open until end().
    void adopt(int tun) { manager_.emplace(context_.broker, tun); }
    // Without effect before adopt().
    void want(InterfaceWishes wishes);
    // Takes everything off the device.
    void end();

  private:
    void apply();

    Context& context_;
    std::string_view subject_;
    std::optional<InterfaceManager> manager_;
    InterfaceWishes wishes_;
    RetryTimer again_;
};

// What a reload can't change while the instance runs stays as it is in `wanted`, and is named in a
// warning.
void keep_what_needs_restart(Context& context,
                             std::string_view subject,
                             const config::TunnelConfiguration& running,
                             config::TunnelConfiguration& wanted);

}  // namespace miredo::daemon
