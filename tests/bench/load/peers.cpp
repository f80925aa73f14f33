// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Load for a relay: what its Teredo peers send to native hosts, what those send to the peers, and
// the answers to its bubbles that make the peers known to it (RFC 4380 §5.4).
#include "bench/load/peers.hpp"

#include <numeric>

#include "bench/load/frames.hpp"
#include "bench/load/sockets.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::bench {
namespace {

constexpr std::uint16_t kSinkPort = 4000;

// Sends batch after batch of what `add(batch, turn)` makes.
template <typename Add>
Tally send_paced(const Options& options, int fd, Add add) {
    const Pace pace{options};
    SendBatch batch;
    Tally tally;
    std::uint64_t turn = 0;
    while (!pace.is_over(turn)) {
        const std::uint64_t due = pace.due(SendBatch::kCapacity, turn);
        for (const std::uint64_t end = turn + due; turn < end; ++turn) {
            add(batch, turn);
        }
        tally.sent += batch.send(fd);
        pace.wait(turn + SendBatch::kCapacity / 2);
    }
    tally.refused = turn - tally.sent;
    tally.seconds = pace.seconds();
    return tally;
}

}  // namespace

PeerSet::PeerSet(const Options& options)
    : first_{options.first},
      server_{options.server},
      port_{options.port},
      count_{options.peers},
      stride_{std::max(count_ * 618 / 1000, std::uint64_t{1})} {
    while (std::gcd(stride_, count_) != 1) {
        ++stride_;
    }
}

Tally send_up(const Options& options) {
    const PeerSet peers{options};
    const io::UniqueFd fd = open_link(options.device);
    const EthernetHeader link{options.neighbour, EthernetHeader::kIpv4};
    OuterHeaders outer{options.port, options.to, NativePacket::kSize};
    NativePacket packet{kSinkPort};
    return send_paced(options, fd.get(), [&](SendBatch& batch, std::uint64_t turn) {
        const Endpoint peer = peers.endpoint(turn);
        batch.add({link.bytes(),
                   outer.from(peer.address),
                   packet.between(peers.address(peer), options.host)});
    });
}

Tally send_down(const Options& options) {
    // A relay gives each /48 its share of its bubbles: so many of them take part.
    constexpr std::uint64_t kSourceNetworks = 65536;
    constexpr unsigned kBitsBelow48 = 16;
    const PeerSet peers{options};
    const io::UniqueFd fd = open_link(options.device);
    const EthernetHeader link{options.neighbour, EthernetHeader::kIpv6};
    NativePacket packet{kSinkPort};
    return send_paced(options, fd.get(), [&](SendBatch& batch, std::uint64_t turn) {
        const std::uint64_t network = turn % kSourceNetworks << kBitsBelow48;
        batch.add({link.bytes(),
                   packet.between({options.sources.address.high() | network, 1},
                                  peers.address(peers.endpoint(turn)))});
    });
}

Tally send_flow(const Options& options) {
    const io::UniqueFd fd = open_link(options.device);
    const EthernetHeader link{options.neighbour, EthernetHeader::kIpv6};
    NativePacket packet{kSinkPort};
    const Bytes bytes = packet.between(options.source, options.host);
    return send_paced(options, fd.get(), [&](SendBatch& batch, std::uint64_t /*turn*/) {
        batch.add({link.bytes(), bytes});
    });
}

Tally answer(const Options& options) {
    const io::UniqueFd as_server = open_udp(wire::kTeredoPort);
    const io::UniqueFd as_peers = open_udp(options.port);
    const Pace pace{options};
    ReceiveBatch received;
    SendBatch answers;
    Tally tally;
    while (!pace.is_over(tally.answered)) {
        const std::size_t count = received.receive(as_server.get());
        for (std::size_t i = 0; i < count; ++i) {
            const ReceiveBatch::Datagram datagram = received[i];
            const auto bubble = wire::TeredoDatagram::parse(datagram.bytes);
            const auto peer = bubble && bubble->packet.is_bubble()
                                  ? wire::TeredoAddress::parse(bubble->packet.destination())
                                  : std::nullopt;
            if (peer) {
                answers.add(
                    peer->mapped.address,
                    datagram.from,
                    wire::build_bubble(bubble->packet.destination(), bubble->packet.source())
                        .bytes());
            }
        }
        tally.answered += answers.size();
        tally.sent += answers.send(as_peers.get());
        if (count == 0) {
            wait_readable(as_server.get(), 0.1);
        }
    }
    tally.seconds = pace.seconds();
    return tally;
}

}  // namespace miredo::bench
