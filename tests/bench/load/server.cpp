// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Load for a server (RFC 4380 §5.3), in a closed loop: as many requests as the window has room for
// are on their way, and an answer makes room for another one. The clients are so many that none of
// them, and no /24, asks more often than a server puts up with.
#include <array>
#include <utility>

#include "bench/load/peers.hpp"
#include "bench/load/sockets.hpp"
#include "wire/icmpv6.hpp"
#include "wire/ndp.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::bench {
namespace {

// An answer that has not come by then has got lost.
constexpr double kPatience = 0.1;
// One client in each /24 of a /8, then the next one in each.
constexpr std::uint64_t kNetworks = 65536;
constexpr std::uint64_t kHosts = 254;
constexpr unsigned kHostBits = 8;

Ipv4Address client_address(const Options& options, std::uint64_t turn) {
    const auto network = static_cast<std::uint32_t>(turn % kNetworks);
    const auto host = static_cast<std::uint32_t>(turn / kNetworks % kHosts + 1);
    return Ipv4Address{options.first.value() + (network << kHostBits) + host};
}

// What the client at `address` asks.
using Request = StaticBytes<SendBatch::kMaximumSize>;

class Solicitations {
  public:
    Solicitations() {
        const wire::Authentication authentication{{}, {}, 0x0102030405060708U, 0};
        wire::write_authentication(request_.extend(wire::size_of(authentication)), authentication);
        static_cast<void>(
            request_.append(wire::build_router_solicitation(wire::kClientLinkLocal).bytes()));
    }
    [[nodiscard]] Request make(Ipv4Address /*client*/, std::uint64_t /*turn*/) const {
        return request_;
    }
    [[nodiscard]] static bool is_answer(const wire::TeredoDatagram& datagram) {
        const Bytes message = datagram.packet.payload();
        return datagram.authentication && datagram.packet.next_header() == wire::kIcmpv6 &&
               !message.empty() &&
               message[0] == static_cast<std::byte>(wire::Icmpv6Type::kRouterAdvertisement);
    }

  private:
    Request request_;
};

class Bubbles {
  public:
    explicit Bubbles(const Options& options) : options_{options} {}

    // From one client to the one whose turn is half way round.
    [[nodiscard]] Request make(Ipv4Address client, std::uint64_t turn) const {
        const Ipv4Address other = client_address(options_, turn + kNetworks / 2);
        Request request;
        static_cast<void>(
            request.append(wire::build_bubble(address_of(client), address_of(other)).bytes()));
        return request;
    }
    [[nodiscard]] static bool is_answer(const wire::TeredoDatagram& datagram) {
        return datagram.packet.is_bubble();
    }

  private:
    [[nodiscard]] Ipv6Address address_of(Ipv4Address client) const {
        return wire::TeredoAddress{options_.to.address, 0, {client, options_.port}}.to_ipv6();
    }

    const Options& options_;
};

template <typename Requests>
std::uint64_t count_answers(const ReceiveBatch& received, std::size_t count) {
    std::uint64_t answers = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto datagram = wire::TeredoDatagram::parse(received[i].bytes);
        answers += datagram && datagram->origin && Requests::is_answer(*datagram) ? 1 : 0;
    }
    return answers;
}

template <typename Requests>
Tally run_closed_loop(const Options& options, const Requests& requests) {
    const io::UniqueFd fd = open_udp(options.port);
    const Pace pace{options};
    SendBatch batch;
    ReceiveBatch received;
    Tally tally;
    std::uint64_t turn = 0;
    std::uint64_t open = 0;  // requests without an answer yet
    double heard_at = 0;
    while (!pace.is_over(turn)) {
        const std::size_t count = received.receive(fd.get());
        const std::uint64_t answers = count_answers<Requests>(received, count);
        tally.answered += answers;
        open -= std::min(answers, open);
        if (count != 0) {
            heard_at = pace.seconds();
        } else if (open != 0 && pace.seconds() - heard_at > kPatience) {
            tally.lost += std::exchange(open, 0);
            heard_at = pace.seconds();
        }
        const std::uint64_t room = options.window - open;
        const std::uint64_t due = pace.due(std::min(room, SendBatch::kCapacity), turn);
        for (const std::uint64_t end = turn + due; turn < end; ++turn) {
            const Ipv4Address client = client_address(options, turn);
            batch.add(client, options.to, requests.make(client, turn).bytes());
        }
        const std::size_t sent = batch.send(fd.get());
        tally.sent += sent;
        open += sent;
        if (count == 0 && sent == 0) {
            wait_readable(fd.get(), 0.001);
        }
    }
    tally.refused = turn - tally.sent;
    tally.seconds = pace.seconds();
    return tally;
}

}  // namespace

Tally solicit(const Options& options) {
    return run_closed_loop(options, Solicitations{});
}

Tally send_bubbles(const Options& options) {
    return run_closed_loop(options, Bubbles{options});
}

}  // namespace miredo::bench
