// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/tunnel_output.hpp"

#include <algorithm>
#include <type_traits>

#include "wire/ecn.hpp"

namespace miredo::daemon {
namespace {

offload::Coalescer::Options joined_for(const std::optional<io::TunDevice>& tun) {
    return {tun && tun->offloads().tcp.on, tun && tun->offloads().udp.on};
}

// RFC 6040 §4.1: ECN as it is. DSCP is not the Internet's (RFC 2983 §4): it stays inside.
std::uint8_t outer_tos(Bytes datagram) {
    return static_cast<std::uint8_t>(wire::ecn_of_packet(datagram).value_or(wire::Ecn::kNotEct));
}

}  // namespace

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

EdgeOffloads ShardEdges::offloads() const {
    return {primary.offloads(), tun ? std::optional{tun->offloads()} : std::nullopt};
}

TunnelOutput::TunnelOutput(ShardEdges& edges) : edges_{edges}, coalescer_{joined_for(edges.tun)} {}

void TunnelOutput::forward_to_udp(Endpoint to, Bytes packet) {
    append_datagram(to, packet, {});
    if (!outgoing_.is_of(packet)) {
        return;
    }
    if (super_ != nullptr) {
        forward_rest(to);
    } else {
        outgoing_.latest.remember(packet);
        outgoing_.endpoint = to;
    }
}

void TunnelOutput::forward_to_ipv6(Bytes packet) {
    append_packet(packet);
    if (incoming_.is_of(packet)) {
        incoming_.latest.remember(packet);
    }
}

bool TunnelOutput::follow_datagram(Endpoint from, Bytes datagram) {
    if (from == incoming_.endpoint && incoming_.latest.is_followed_by(datagram)) {
        append_packet(datagram);
        ++unseen_datagrams_;
        return true;
    }
    incoming_.ask(datagram);
    incoming_.endpoint = from;
    return false;
}

bool TunnelOutput::follow_packet(Bytes packet) {
    if (outgoing_.latest.is_followed_by(packet)) {
        append_datagram(outgoing_.endpoint, packet, {});
        ++unseen_packets_;
        return true;
    }
    outgoing_.ask(packet);
    return false;
}

void TunnelOutput::send(ServiceSocket socket, Endpoint to, Bytes datagram) {
    const std::uint8_t tos = outer_tos(datagram);
    if (!batch(socket).append_copied(to, datagram, tos)) {
        flush_udp(socket);
        (void)batch(socket).append_copied(to, datagram, tos);
    }
}

void TunnelOutput::inject(Bytes packet) {
    const auto append = [&] {
        return injected_.fits(packet.size()) && try_append(injected_.copy(packet));
    };
    if (!append()) {
        flush_ipv6();  // what was copied is gone with it
        (void)append();
    }
}

Bytes TunnelOutput::begin_packet(const offload::SuperPacket& super, std::size_t index) {
    const std::size_t size = super.size(index);
    if (!cut_.fits(size)) {
        flush_udp(ServiceSocket::kPrimary);
        cut_.clear();  // also where the role has let nothing of it leave
    }
    const MutableBytes packet = cut_.take(size);
    super.write_header(index, packet);
    const Bytes payload = super.payload(index);
    std::copy(payload.begin(), payload.end(), packet.subspan(super.header_size()).begin());
    super_ = &super;
    index_ = index;
    decided_ = 1;
    outgoing_.ask(packet);
    return packet;
}

std::size_t TunnelOutput::end_packet() {
    super_ = nullptr;
    return decided_;
}

// What follows the packet that was just forwarded.
void TunnelOutput::forward_rest(Endpoint to) {
    const offload::SuperPacket& super = *super_;
    for (std::size_t i = index_ + 1; i < super.count(); ++i) {
        if (!cut_.fits(super.header_size()) ||
            batch(ServiceSocket::kPrimary).size() == io::DatagramSendBatch::kCapacity) {
            flush_udp(ServiceSocket::kPrimary);
            cut_.clear();  // the packet that the role has seen is sent
        }
        const MutableBytes header = cut_.take(super.header_size());
        super.write_header(i, header);
        append_datagram(to, header, super.payload(i));
    }
    decided_ = super.count() - index_;
    unseen_packets_ += decided_ - 1;
}

void TunnelOutput::append_datagram(Endpoint to, Bytes header, Bytes payload) {
    io::DatagramSendBatch& datagrams = batch(ServiceSocket::kPrimary);
    const auto append = [&] {
        return datagrams.append_borrowed(to, header, payload, outer_tos(header));
    };
    if (!append()) {
        flush_udp(ServiceSocket::kPrimary);
        (void)append();  // fits: the batch is empty now. So elsewhere.
    }
}

void TunnelOutput::append_packet(Bytes packet) {
    if (!try_append(packet)) {
        flush_ipv6();
        (void)try_append(packet);
    }
}

bool TunnelOutput::try_append(Bytes packet) {
    return edges_.tun ? coalescer_.add(packet) : packets_.append_borrowed(packet);
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
    incoming_ = {};
    outgoing_ = {};
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
    // The role may still be looking at a packet of a super-packet.
    if (socket == ServiceSocket::kPrimary && super_ == nullptr) {
        cut_.clear();
    }
}

void TunnelOutput::flush_ipv6() {
    if (edges_.tun) {
        write_groups(*edges_.tun);
    } else if (edges_.raw && !packets_.empty()) {
        ipv6_counts_ += edges_.raw->send(packets_);
    }
    packets_.clear();
    injected_.clear();
}

void TunnelOutput::write_groups(io::TunDevice& tun) {
    static_assert(io::PacketSendBatch::kCapacity >= offload::Coalescer::kCapacity);
    const std::span<const offload::Coalescer::Group> groups = coalescer_.finish();
    for (const offload::Coalescer::Group& group : groups) {
        (void)packets_.append_pieces(group.segmentation, group.pieces);
    }
    const std::span<const std::uint16_t> refused = write_packets(tun);
    packets_.clear();
    for (const std::uint16_t index : refused) {
        for (const Bytes packet : groups[index].packets) {
            (void)packets_.append_borrowed(packet);
        }
    }
    (void)write_packets(tun);
    coalescer_.clear();
}

std::span<const std::uint16_t> TunnelOutput::write_packets(io::TunDevice& tun) {
    if (packets_.empty()) {
        return {};
    }
    const io::TunWriteOutcome outcome = tun.write(packets_);
    ipv6_counts_ += outcome.counts;
    tun_state_ = outcome.state;
    return outcome.refused;
}

}  // namespace miredo::daemon
