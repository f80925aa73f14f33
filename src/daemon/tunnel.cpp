// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/tunnel.hpp"

#include <cerrno>
#include <utility>

#include "daemon/edges.hpp"

namespace miredo::daemon {

TunnelOpening::TunnelOpening(Context& context,
                             std::string_view subject,
                             const config::TunnelConfiguration& tunnel,
                             Done done)
    : context_{context},
      subject_{subject},
      tunnel_{tunnel},
      done_{std::move(done)},
      again_{context, [this] { begin(); }} {}

void TunnelOpening::begin() {
    context_.names.resolve(tunnel_.bind_address, [this](const Expected<Ipv4Address>& address) {
        if (address) {
            open(*address);
        } else {
            again_.wait(subject_, address.error());
        }
    });
}

void TunnelOpening::open(Ipv4Address bind_address) {
    auto socket = open_socket(context_, subject_, bind_address, tunnel_.port);
    if (!socket) {
        if (socket.error().error_number == EADDRNOTAVAIL) {
            again_.wait(subject_, socket.error());
        } else {
            context_.fail(socket.error(), exit_code_for(socket.error().error_number));
        }
        return;
    }
    auto device = open_device(context_, subject_, tunnel_);
    if (!device) {
        context_.fail(device.error(), exit_code_for(device.error().error_number));
        return;
    }
    context_.log.info(
        subject_, "started on {}, device {}", socket->local_endpoint().to_string(), device->name());
    done_(std::move(*socket), std::move(*device));
}

InterfaceKeeper::InterfaceKeeper(Context& context, std::string_view subject)
    : context_{context}, subject_{subject}, again_{context, [this] { apply(); }} {}

void InterfaceKeeper::want(InterfaceWishes wishes) {
    wishes_ = std::move(wishes);
    apply();
}

void InterfaceKeeper::apply() {
    if (!manager_) {
        return;
    }
    const auto done = manager_->apply(wishes_);
    if (done) {
        again_.reset();
    } else if (context_.broker.broken()) {
        context_.fail(done.error(), ExitCode::kFailure);
    } else {
        again_.wait(subject_, done.error());
    }
}

void InterfaceKeeper::end() {
    again_.reset();
    if (!manager_ || context_.broker.broken()) {
        return;
    }
    if (auto done = manager_->flush(); !done) {
        context_.log.error(subject_, done.error());
    }
}

void keep_what_needs_restart(Context& context,
                             std::string_view subject,
                             const config::TunnelConfiguration& running,
                             config::TunnelConfiguration& wanted) {
    std::string keys;
    const auto keep = [&keys](auto& wanted_value, const auto& running_value, const char* key) {
        if (wanted_value != running_value) {
            keys += (keys.empty() ? "" : ", ");
            keys += key;
            wanted_value = running_value;
        }
    };
    keep(wanted.interface_name, running.interface_name, "InterfaceName");
    keep(wanted.bind_address, running.bind_address, "BindAddress");
    keep(wanted.port, running.port, "Port");
    keep(wanted.mtu, running.mtu, "Mtu");
    keep(wanted.max_peers, running.max_peers, "MaxPeers");
    if (!keys.empty()) {
        context.log.warning(subject, "restart needed for: {}", keys);
    }
}

}  // namespace miredo::daemon
