// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/tunnel.hpp"

#include <cerrno>
#include <utility>

#include <net/if.h>

#include "daemon/edges.hpp"
#include "daemon/message_ids.hpp"

namespace miredo::daemon {

TunnelOpening::TunnelOpening(Context& context,
                             std::string_view subject,
                             const config::TunnelConfiguration& tunnel,
                             broker::TunQueues queues,
                             Done done,
                             Waiting waiting)
    : context_{context},
      subject_{subject},
      tunnel_{tunnel},
      queues_{queues},
      done_{std::move(done)},
      waiting_{std::move(waiting)},
      again_{context, [this] { begin(); }} {}

void TunnelOpening::begin() {
    context_.names.resolve(tunnel_.bind_address, [this](const Expected<Ipv4Address>& address) {
        if (address) {
            open(*address);
        } else {
            wait(address.error());
        }
    });
}

void TunnelOpening::wait(const Error& error) {
    again_.wait(subject_, error);
    waiting_(error);
}

void TunnelOpening::open(Ipv4Address bind_address) {
    auto socket = open_socket(context_, subject_, bind_address, tunnel_.port, tunnel_.offloads);
    if (!socket) {
        if (socket.error().error_number == EADDRNOTAVAIL) {
            wait(socket.error());
        } else {
            context_.fail(socket.error(), exit_code_for(socket.error().error_number));
        }
        return;
    }
    auto device = open_device(context_, subject_, tunnel_, queues_);
    if (!device) {
        context_.fail(device.error(), exit_code_for(device.error().error_number));
        return;
    }
    context_.log.event(message::kStarted,
                       subject_,
                       {{"INTERFACE", device->name()}},
                       fmt::format("started on {}, device {}",
                                   socket->local_endpoint().to_string(),
                                   device->name()));
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

Expected<bool> InterfaceKeeper::is_mentioned_by_firewall() const {
    if (tun_ < 0) {
        return Failure{Error{"there is no tunnel device yet", {}, 0, {}}};
    }
    return context_.broker.is_mentioned_by_firewall(tun_);
}

void keep_what_needs_restart(const config::TunnelConfiguration& running,
                             config::TunnelConfiguration& wanted) {
    wanted.interface_name = running.interface_name;
    wanted.bind_address = running.bind_address;
    wanted.port = running.port;
    wanted.mtu = running.mtu;
    wanted.max_peers = running.max_peers;
    wanted.max_memory = running.max_memory;
    wanted.offloads = running.offloads;
}

InterfaceStatus describe(const io::TunDevice& device, std::uint16_t mtu) {
    return {device.name(), ::if_nametoindex(device.name().c_str()), mtu};
}

}  // namespace miredo::daemon
