// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The engine's output on Linux: datagrams and packets gather in batches until the flush, events
// until the control thread takes them. It only queues, but for one thing: a batch that is full is
// sent before the next piece goes in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "io/copy_arena.hpp"
#include "io/datagram_batch.hpp"
#include "io/offloads.hpp"
#include "io/packet_batch.hpp"
#include "io/raw_ipv6_socket.hpp"
#include "io/send_counts.hpp"
#include "io/tun_device.hpp"
#include "io/udp_socket.hpp"
#include "offload/coalescer.hpp"
#include "offload/latest_pair.hpp"
#include "offload/super_packet.hpp"
#include "teredo/output.hpp"

namespace miredo::daemon {

// What the kernel does for a shard, and what it has refused.
struct EdgeOffloads {
    io::UdpOffloads udp;  // of the primary socket
    std::optional<io::TunOffloads> tun;
};

// A shard's descriptors. A server has a secondary socket (unless it has one address only) and a raw
// socket, and no tunnel device; clients and relays have a device. A client's further sockets come
// and go.
struct ShardEdges {
    io::UdpSocket primary;
    std::optional<io::UdpSocket> secondary;
    std::optional<io::TunDevice> tun;
    std::optional<io::RawIpv6Socket> raw;
    std::optional<io::UdpSocket> discovery = std::nullopt;
    std::uint64_t former_kernel_drops = 0;  // of sockets that are closed

    // `which` is not kPrimary.
    [[nodiscard]] std::optional<io::UdpSocket>& further(teredo::ServiceSocket which) {
        return which == teredo::ServiceSocket::kDiscovery ? discovery : secondary;
    }
    void close(teredo::ServiceSocket which);
    // Of all UDP sockets, ever.
    [[nodiscard]] std::uint64_t kernel_drops();
    [[nodiscard]] EdgeOffloads offloads() const;
};

// Events of one kind replace each other while nobody takes them: their number is bounded, and what
// the control thread learns is the latest.
struct PendingEvents {
    std::optional<teredo::Event> address;  // AddressLearnt or AddressLost
    std::optional<teredo::StateChanged> state;
    std::optional<teredo::NatTypeLearnt> nat_type;
    std::optional<teredo::Event> secondary_port;  // SecondaryPortNeeded or SecondaryPortDone
    bool server_name_needed = false;
};

class TunnelOutput final : public teredo::Output {
  public:
    explicit TunnelOutput(ShardEdges& edges);

    void forward_to_udp(Endpoint to, Bytes packet) override;
    void forward_to_ipv6(Bytes packet) override;
    void send(teredo::ServiceSocket socket, Endpoint to, Bytes datagram) override;
    void inject(Bytes packet) override;
    void notify(const teredo::Event& event) override;

    // What is received goes to the role one by one, but for this: where it forwards one at once and
    // as it is, all between the same two addresses (offload::LatestPair) that come right behind it
    // in the same batch go the same way without further questions. So, for each:
    //   if (!output.follow_datagram(from, bytes)) { role.handle_datagram(now, ..., output); }
    //   if (!output.follow_packet(bytes)) { role.handle_packet(now, bytes, output); }
    // `now` must be one and the same, and the bytes must live, until flush(). From the primary
    // socket or the device only.
    [[nodiscard]] bool follow_datagram(Endpoint from, Bytes datagram);
    [[nodiscard]] bool follow_packet(Bytes packet);
    // A super-packet of the device goes to the role packet by packet, but for one thing: where the
    // role forwards one of them to a peer, at once and as it is, all that follow it are for that
    // peer too, and go without further questions. So, for each packet:
    //   role.handle_packet(now, output.begin_packet(super, index), output);
    //   index += output.end_packet();
    // `super` must live until flush(). Both count from 0; the packet is whole.
    [[nodiscard]] Bytes begin_packet(const offload::SuperPacket& super, std::size_t index);
    // How many packets of it have been decided upon: 1, or all from `index` on.
    [[nodiscard]] std::size_t end_packet();
    // What went without the role having seen it, ever.
    [[nodiscard]] std::uint64_t unseen_datagrams() const { return unseen_datagrams_; }
    [[nodiscard]] std::uint64_t unseen_packets() const { return unseen_packets_; }

    // Sends and writes all there is; the bytes that were borrowed are free then.
    void flush();

    [[nodiscard]] PendingEvents& pending_events() { return events_; }
    // False once the tunnel device was found deleted.
    [[nodiscard]] bool device_is_present() const { return tun_state_ != io::TunState::kGone; }
    [[nodiscard]] const io::SendCounts& udp_counts() const { return udp_counts_; }
    [[nodiscard]] const io::SendCounts& ipv6_counts() const { return ipv6_counts_; }

  private:
    // What the role is asked about, and where it has let it go as it is.
    struct Way {
        Bytes asked;
        offload::LatestPair latest;
        Endpoint endpoint;

        void ask(Bytes packet) {
            asked = packet;
            latest.forget();
        }
        [[nodiscard]] bool is_of(Bytes packet) const {
            return packet.data() == asked.data() && packet.size() == asked.size();
        }
    };

    void forward_rest(Endpoint to);
    void append_datagram(Endpoint to, Bytes header, Bytes payload);
    void append_packet(Bytes packet);
    // To the tunnel device, where packets of a flow are joined, or to the server's raw socket.
    // False where there is no room.
    [[nodiscard]] bool try_append(Bytes packet);
    void flush_udp(teredo::ServiceSocket socket);
    void flush_ipv6();
    void write_groups(io::TunDevice& tun);
    // The super-packets that the device refused, as indices of `packets_`.
    std::span<const std::uint16_t> write_packets(io::TunDevice& tun);
    [[nodiscard]] io::DatagramSendBatch& batch(teredo::ServiceSocket socket) {
        return datagrams_[static_cast<std::size_t>(socket)];
    }

    ShardEdges& edges_;
    std::array<io::DatagramSendBatch, 2> datagrams_;  // by ServiceSocket
    io::PacketSendBatch packets_;
    offload::Coalescer coalescer_;                 // what is for the tunnel device
    io::CopyArena injected_;                       // and what of it the role made
    io::CopyArena cut_;                            // of super-packets: whole packets, and headers
    const offload::SuperPacket* super_ = nullptr;  // between begin_packet() and end_packet()
    std::size_t index_ = 0;
    std::size_t decided_ = 0;
    Way incoming_;  // of the datagram at hand; from the endpoint
    Way outgoing_;  // of the packet at hand; to the endpoint
    std::uint64_t unseen_datagrams_ = 0;
    std::uint64_t unseen_packets_ = 0;
    PendingEvents events_;
    io::TunState tun_state_ = io::TunState::kUsable;
    io::SendCounts udp_counts_;
    io::SendCounts ipv6_counts_;
};

}  // namespace miredo::daemon
