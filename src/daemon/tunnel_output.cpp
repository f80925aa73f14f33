// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/tunnel_output.hpp"

#include <type_traits>

namespace miredo::daemon {

using teredo::ServiceSocket;

void ShardEdges::close(ServiceSocket which) {
    if (std::optional<io::UdpSocket>& socket = further(which)) {
        former_kernel_drops += socket->kernel_drops();
        socket.reset();
    }
}

std::uint64_t ShardEdges::kernel_drops() {
    std::uint64_t drops = former_kernel_drops + primary.kernel_drops();
    for (std::optional<io::UdpSocket>* const socket : {&secondary, &discovery}) {
        if (*socket) {
            drops += (*socket)->kernel_drops();
        }
    }
    return drops;
}

void TunnelOutput::forward_to_udp(Endpoint to, Bytes packet) {
    io::DatagramSendBatch& datagrams = batch(ServiceSocket::kPrimary);
    if (!datagrams.append_borrowed(to, packet)) {
        flush_udp(ServiceSocket::kPrimary);
        // Fits: the batch is empty now. So below.
        (void)datagrams.append_borrowed(to, packet);
    }
}

void TunnelOutput::forward_to_ipv6(Bytes packet) {
    if (!packets_.append_borrowed(packet)) {
        flush_ipv6();
        (void)packets_.append_borrowed(packet);
    }
}

void TunnelOutput::send(ServiceSocket socket, Endpoint to, Bytes datagram) {
    if (!batch(socket).append_copied(to, datagram)) {
        flush_udp(socket);
        (void)batch(socket).append_copied(to, datagram);
    }
}

void TunnelOutput::inject(Bytes packet) {
    if (!packets_.append_copied(packet)) {
        flush_ipv6();
        (void)packets_.append_copied(packet);
    }
}

void TunnelOutput::notify(const teredo::Event& event) {
    if (std::holds_alternative<teredo::StateChanged>(event)) {
        events_.state = std::get<teredo::StateChanged>(event);
    } else if (std::holds_alternative<teredo::NatTypeLearnt>(event)) {
        events_.nat_type = std::get<teredo::NatTypeLearnt>(event);
    } else if (std::holds_alternative<teredo::ServerNameNeeded>(event)) {
        events_.server_name_needed = true;
    } else if (std::holds_alternative<teredo::SecondaryPortNeeded>(event) ||
               std::holds_alternative<teredo::SecondaryPortDone>(event)) {
        events_.secondary_port = event;
    } else {
        events_.address = event;
    }
}

void TunnelOutput::flush() {
    flush_udp(ServiceSocket::kPrimary);
    flush_udp(ServiceSocket::kSecondary);
    flush_ipv6();
}

void TunnelOutput::flush_udp(ServiceSocket socket) {
    io::DatagramSendBatch& datagrams = batch(socket);
    if (datagrams.empty()) {
        return;
    }
    if (socket == ServiceSocket::kPrimary) {
        udp_counts_ += edges_.primary.send(datagrams);
    } else if (edges_.secondary) {
        udp_counts_ += edges_.secondary->send(datagrams);
    }
    datagrams.clear();
}

void TunnelOutput::flush_ipv6() {
    if (packets_.empty()) {
        return;
    }
    if (edges_.tun) {
        const io::TunWriteOutcome outcome = edges_.tun->write(packets_);
        ipv6_counts_ += outcome.counts;
        tun_state_ = outcome.state;
    } else if (edges_.raw) {
        ipv6_counts_ += edges_.raw->send(packets_);
    }
    packets_.clear();
}

}  // namespace miredo::daemon
