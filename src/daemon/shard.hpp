// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// One thread, one epoll loop, one role: the way of a packet (CONTRIBUTING.md). A shard shares
// nothing; the control thread posts work into its mailbox and takes events out of another, and
// reads the snapshots that the shard publishes. Where an instance has several, they hand over to
// each other what the kernel has given to the wrong one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <sys/epoll.h>

#include "base/error.hpp"
#include "daemon/expected_peers.hpp"
#include "daemon/handover.hpp"
#include "daemon/sandbox.hpp"
#include "daemon/shard_messages.hpp"
#include "daemon/snapshot_publisher.hpp"
#include "daemon/statistics.hpp"
#include "daemon/tunnel_output.hpp"
#include "io/boottime_clock.hpp"
#include "io/event_loop.hpp"
#include "io/mailbox.hpp"
#include "io/random.hpp"
#include "io/thread.hpp"
#include "offload/super_packet.hpp"
#include "teredo/output.hpp"
#include "wire/ecn.hpp"
#include "wire/ipv6.hpp"

namespace miredo::daemon {

// What can be seen of a role while it runs.
template <teredo::Role R>
struct Snapshot {
    decltype(std::declval<const R&>().status()) status;
    teredo::Counters counters;
    EdgeDrops edge_drops;
    EdgeOffloads offloads;
    std::uint64_t handed_over = 0;  // datagrams, to other shards
};

template <teredo::Role R>
class Shard {
  public:
    // Work for the role, done on the shard's thread.
    using Task = std::function<void(R& role, Instant now, teredo::Output& output)>;

    // Nothing runs before start(). `handover`: to those that know the peers that this one does not.
    template <typename Settings>
    [[nodiscard]] static Expected<std::unique_ptr<Shard>>
    create(ShardEdges edges, Settings settings, std::optional<HandoverEnd> handover = {}) {
        auto loop = io::EventLoop::create();
        if (!loop) {
            return Failure{loop.error()};
        }
        auto tasks = io::Mailbox<Task>::create(kMailboxCapacity);
        if (!tasks) {
            return Failure{tasks.error()};
        }
        auto messages = io::Mailbox<FromShard>::create(kMailboxCapacity);
        if (!messages) {
            return Failure{messages.error()};
        }
        std::unique_ptr<Shard> shard{new Shard{std::move(edges),
                                               std::move(settings),
                                               std::move(handover),
                                               std::move(*loop),
                                               std::move(*tasks),
                                               std::move(*messages)}};
        if (auto done = shard->watch(); !done) {
            return Failure{done.error()};
        }
        return shard;
    }
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;
    Shard(Shard&&) = delete;
    Shard& operator=(Shard&&) = delete;
    ~Shard() { stop(); }

    [[nodiscard]] Expected<void> start() {
        auto thread = io::start_thread("the packet", [this] { run(); });
        if (!thread) {
            return Failure{thread.error()};
        }
        thread_ = std::move(*thread);
        return {};
    }
    // Ends the thread; the role can be looked at afterwards.
    void stop() {
        if (thread_.joinable()) {
            loop_->stop();
            thread_.join();
        }
    }

    // False where the mailbox is full: the shard has hung for a long time.
    [[nodiscard]] bool post(Task task) { return tasks_->try_push(std::move(task)); }
    [[nodiscard]] io::Mailbox<FromShard>& messages() { return messages_.mailbox(); }
    // Only from a task: `reply` is run by the control thread.
    void reply(Reply reply) { messages_.reply(std::move(reply)); }
    // Only from a task: one more socket, kSecondary or kDiscovery, instead of the one there may be.
    void attach(teredo::ServiceSocket which, io::UdpSocket socket) {
        detach(which);
        io::UdpSocket& attached = edges_.further(which).emplace(std::move(socket));
        if (auto done = watch_udp(attached, which); !done) {
            messages_.fail(done.error());
        }
    }
    // Only from a task: without effect where there is none.
    void detach(teredo::ServiceSocket which) {
        if (const auto& socket = edges_.further(which)) {
            loop_->remove(socket->fd());
            edges_.close(which);
        }
    }
    // From any thread; nothing before the first turn.
    [[nodiscard]] std::optional<Snapshot<R>> snapshot() const { return snapshots_.latest(); }

    // Only while the thread does not run. The counters hold the packets that the role has not seen
    // (TunnelOutput::follow_packet()).
    [[nodiscard]] const R& role() const { return role_; }
    [[nodiscard]] teredo::Counters counters() const {
        teredo::Counters counters = role_.counters();
        counters.packets_received += output_.unseen_packets();
        counters.forwarded_to_udp += output_.unseen_packets();
        counters.datagrams_received += output_.unseen_datagrams();
        counters.forwarded_to_ipv6 += output_.unseen_datagrams();
        return counters;
    }
    [[nodiscard]] ShardEdges& edges() { return edges_; }
    [[nodiscard]] const TunnelOutput& output() const { return output_; }

  private:
    static constexpr std::size_t kMailboxCapacity = 64;
    // Batches taken from one descriptor before the others get their turn.
    static constexpr int kBatchesPerWakeup = 4;

    template <typename Settings>
    Shard(ShardEdges edges,
          Settings settings,
          std::optional<HandoverEnd> handover,
          std::unique_ptr<io::EventLoop> loop,
          std::unique_ptr<io::Mailbox<Task>> tasks,
          std::unique_ptr<io::Mailbox<FromShard>> messages)
        : edges_{std::move(edges)},
          output_{edges_},
          handover_{std::move(handover)},
          loop_{std::move(loop)},
          tasks_{std::move(tasks)},
          messages_{std::move(messages)},
          role_{std::move(settings), random_, io::boottime_now()} {}

    Expected<void> watch() {
        loop_->set_deadline_handler([this] { handle_deadline(); });
        if (auto done = loop_->add(tasks_->fd(), EPOLLIN, [this](auto) { take_tasks(); }); !done) {
            return done;
        }
        if (auto done = watch_udp(edges_.primary, teredo::ServiceSocket::kPrimary); !done) {
            return done;
        }
        if (handover_) {
            const auto take = [this](auto) { take_handed_over(); };
            if (auto done = loop_->add(handover_->fd(), EPOLLIN, take); !done) {
                return done;
            }
        }
        if (edges_.secondary) {
            if (auto done = watch_udp(*edges_.secondary, teredo::ServiceSocket::kSecondary);
                !done) {
                return done;
            }
        }
        if (!edges_.tun) {
            return {};
        }
        return loop_->add(edges_.tun->fd(), EPOLLIN, [this](auto) { take_packets(); });
    }

    Expected<void> watch_udp(io::UdpSocket& socket, teredo::ServiceSocket which) {
        return loop_->add(
            socket.fd(), EPOLLIN, [this, &socket, which](auto) { take_datagrams(socket, which); });
    }

    void run() {
        if (auto done = confine_shard(); !done) {
            messages_.fail(done.error());
            return;
        }
        finish_turn();
        if (auto done = loop_->run(); !done) {
            messages_.fail(done.error());
        }
    }

    void take_datagrams(io::UdpSocket& socket, teredo::ServiceSocket which) {
        for (int i = 0; i < kBatchesPerWakeup; ++i) {
            const io::ReceiveOutcome outcome = socket.receive(datagrams_);
            const Instant now = io::boottime_now();
            expect_peers(datagrams_, wire::kIpv6SourceOffset);
            for (const io::ReceivedDatagram& datagram : datagrams_) {
                if (!wire::decapsulate_ecn(datagram.bytes, datagram.tos)) {
                    ++congested_packets_;
                } else if (!is_followed(datagram, which) && !pass_on(datagram)) {
                    role_.handle_datagram(now, {datagram.from, datagram.bytes, which}, output_);
                }
            }
            output_.flush();
            if (outcome.drained) {
                break;
            }
        }
        finish_turn();
    }

    template <typename Batch>
    void expect_peers(const Batch& batch, std::size_t address_offset) {
        if constexpr (requires { role_.has_many_peers(); }) {
            if (role_.has_many_peers()) {
                role_.expect(ExpectedPeers<R::kExpectedAtOnce>{batch, address_offset}.peers());
            }
        }
    }

    // Sockets have batches of their own, and the role may judge by the one it came to.
    [[nodiscard]] bool is_followed(const io::ReceivedDatagram& datagram,
                                   teredo::ServiceSocket which) {
        return which == teredo::ServiceSocket::kPrimary &&
               output_.follow_datagram(datagram.from, datagram.bytes);
    }

    // True where the datagram is another shard's.
    [[nodiscard]] bool pass_on(const io::ReceivedDatagram& datagram) {
        return handover_ && handover_->pass_on(datagram.from, datagram.bytes);
    }

    void take_handed_over() {
        const Instant now = io::boottime_now();
        handover_->take(
            [&](Endpoint from, Bytes datagram) {
                if (!output_.follow_datagram(from, datagram)) {
                    role_.handle_datagram(
                        now, {from, datagram, teredo::ServiceSocket::kPrimary}, output_);
                }
            },
            [this] { output_.flush(); });
        finish_turn();
    }

    void take_packets() {
        for (int i = 0; i < kBatchesPerWakeup; ++i) {
            const io::TunReadOutcome outcome = edges_.tun->read(packets_);
            const Instant now = io::boottime_now();
            expect_peers(packets_, wire::kIpv6DestinationOffset);
            for (const io::ReceivedPacket& packet : packets_) {
                take_packet(now, packet);
            }
            output_.flush();
            if (outcome.state == io::TunState::kGone) {
                give_up_device();
                break;
            }
            if (outcome.drained) {
                break;
            }
        }
        finish_turn();
    }

    void take_packet(Instant now, const io::ReceivedPacket& packet) {
        if (packet.about.kind == SegmentationKind::kNone) {
            if (!offload::complete_checksum(packet.bytes, packet.about)) {
                ++malformed_packets_;
                return;
            }
            if (!output_.follow_packet(packet.bytes)) {
                role_.handle_packet(now, packet.bytes, output_);
            }
            return;
        }
        const auto super = offload::SuperPacket::parse(packet.bytes, packet.about);
        if (!super) {
            ++malformed_packets_;
            return;
        }
        for (std::size_t i = 0; i < super->count(); i += output_.end_packet()) {
            role_.handle_packet(now, output_.begin_packet(*super, i), output_);
        }
    }

    void take_tasks() {
        tasks_->drain([this](Task task) { task(role_, io::boottime_now(), output_); });
        output_.flush();
        finish_turn();
    }

    void handle_deadline() {
        role_.handle_timeout(io::boottime_now(), output_);
        output_.flush();
        finish_turn();
    }

    void finish_turn() {
        if (handover_) {
            handover_->wake_others();
        }
        snapshots_.offer(io::boottime_now(), [this] { return take_snapshot(); });
        set_deadline();
        messages_.deliver(output_.pending_events());
        if (!output_.device_is_present()) {
            give_up_device();
        }
    }

    [[nodiscard]] EdgeDrops edge_drops() {
        const std::uint64_t malformed = edges_.tun ? edges_.tun->offloads().malformed : 0;
        return {edges_.kernel_drops(),
                malformed + malformed_packets_,
                congested_packets_,
                handover_ ? handover_->dropped() : 0};
    }

    [[nodiscard]] Snapshot<R> take_snapshot() {
        const std::uint64_t handed_over = handover_ ? handover_->passed_on() : 0;
        return {role_.status(), counters(), edge_drops(), edges_.offloads(), handed_over};
    }

    void set_deadline() {
        const std::optional<Instant> role_due = role_.next_deadline();
        const std::optional<Instant> snapshot_due = snapshots_.due();
        const bool role_first = role_due && (!snapshot_due || *role_due < *snapshot_due);
        loop_->set_deadline(role_first ? role_due : snapshot_due);
    }

    void give_up_device() {
        if (!device_given_up_) {
            device_given_up_ = true;
            loop_->remove(edges_.tun->fd());
            messages_.fail(
                Error{"the tunnel device is gone", edges_.tun->name(), 0, "Start miredo again"});
        }
    }

    ShardEdges edges_;
    TunnelOutput output_;
    std::optional<HandoverEnd> handover_;
    std::unique_ptr<io::EventLoop> loop_;
    std::unique_ptr<io::Mailbox<Task>> tasks_;
    ShardMessages messages_;
    io::SystemRandom random_;
    R role_;
    io::DatagramReceiveBatch datagrams_;
    io::PacketReceiveBatch packets_;
    bool device_given_up_ = false;
    std::uint64_t malformed_packets_ = 0;  // super-packets that cannot be cut
    std::uint64_t congested_packets_ = 0;
    SnapshotPublisher<Snapshot<R>> snapshots_;
    std::thread thread_;
};

}  // namespace miredo::daemon
