// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/tunnel_output.hpp"

#include <type_traits>

namespace miredo::daemon {

using teredo::ServiceSocket;

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
    const bool is_secondary = socket == ServiceSocket::kSecondary && edges_.secondary;
    io::UdpSocket& edge = is_secondary ? *edges_.secondary : edges_.primary;
    udp_counts_ += edge.send(datagrams);
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
