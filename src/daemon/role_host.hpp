// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A role's shards and the settings they were given last, on the control thread. Outside it they are
// one: counters are sums, and lists of peers go through all of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/context.hpp"
#include "daemon/edges.hpp"
#include "daemon/handover.hpp"
#include "daemon/instance.hpp"
#include "daemon/peer_scan.hpp"
#include "daemon/shard.hpp"
#include "daemon/statistics.hpp"

namespace miredo::daemon {

template <teredo::Role R, typename Settings>
class RoleHost {
  public:
    using EventHandler = std::function<void(const teredo::Event&)>;

    // `context` and what `subject` points to must outlive this.
    RoleHost(Context& context, std::string_view subject) : context_{context}, subject_{subject} {}

    [[nodiscard]] bool is_running() const { return !shards_.empty(); }

    // Starts a shard for each of `edges`; their events go to `handle`, from the control loop. What
    // goes wrong ends in context.fail(). With `knows_peers` a shard hands over datagrams of peers
    // that are another's.
    void launch(std::vector<ShardEdges> edges,
                const Expected<Settings>& settings,
                const EventHandler& handle,
                bool knows_peers = false) {
        if (!settings) {
            context_.fail(settings.error(), ExitCode::kFailure);
            return;
        }
        settings_ = *settings;
        if (auto done = make_shards(std::move(edges), knows_peers); !done) {
            context_.fail(done.error(), ExitCode::kFailure);
            return;
        }
        for (const std::unique_ptr<Shard<R>>& shard : shards_) {
            if (auto done = start(*shard, handle); !done) {
                context_.fail(done.error(), ExitCode::kFailure);
                return;
            }
        }
    }
    // With one shard.
    void launch(ShardEdges edges, const Expected<Settings>& settings, const EventHandler& handle) {
        std::vector<ShardEdges> one;
        one.push_back(std::move(edges));
        launch(std::move(one), settings, handle);
    }

    [[nodiscard]] std::size_t shards() const { return shards_.size(); }

    // Nothing before the first turn of each shard.
    [[nodiscard]] std::optional<Snapshot<R>> snapshot() const { return sum_of(snapshots()); }
    [[nodiscard]] Statistics statistics() const {
        const std::vector<Snapshot<R>> each = snapshots();
        const auto sum = sum_of(each);
        if (!sum) {
            return {};
        }
        Statistics statistics = to_statistics(sum->counters, sum->edge_drops, sum->offloads);
        for (std::size_t i = 0; each.size() > 1 && i < each.size(); ++i) {
            add_shard(statistics, i, each[i].counters, each[i].handed_over);
        }
        return statistics;
    }

    // Work for a role of one shard, without an answer. False where it does not run.
    bool ask(typename Shard<R>::Task task) {
        if (!is_running()) {
            return false;
        }
        post(0, std::move(task));
        return true;
    }

    // Shard::attach() and then `then`, on the thread of the only shard; detach() likewise. Only
    // after launch().
    void attach(
        teredo::ServiceSocket which,
        io::UdpSocket socket,
        typename Shard<R>::Task then = [](R&, Instant, teredo::Output&) {}) {
        auto held = std::make_shared<io::UdpSocket>(std::move(socket));  // a task can be copied
        post(0,
             [this, which, held = std::move(held), then = std::move(then)](
                 R& role, Instant now, teredo::Output& output) {
                 shards_.front()->attach(which, std::move(*held));
                 then(role, now, output);
             });
    }
    void detach(teredo::ServiceSocket which) {
        post(0, [this, which](R& /*role*/, Instant /*now*/, teredo::Output& /*output*/) {
            shards_.front()->detach(which);
        });
    }

    // Instance::list_peers().
    void list_peers(const PeerQuery& query, Instance::PeersListed done) {
        if (!is_running() || scans_ == kMaximumScans) {
            done(Failure{
                Error{is_running() ? "too many lists of peers at once" : "it has not begun yet",
                      std::string{subject_},
                      0,
                      "Ask again later"}});
            return;
        }
        ++scans_;
        scan(std::make_shared<PeerScan>(query, std::move(done), shards_.size()));
    }

    // Passes on settings that differ from the last ones; without effect before launch().
    void apply(const Expected<Settings>& settings) {
        if (!is_running()) {
            return;
        }
        if (!settings) {
            context_.log.error(subject_, settings.error());
            return;
        }
        if (*settings == settings_) {
            return;
        }
        settings_ = *settings;
        for (std::size_t i = 0; i < shards_.size(); ++i) {
            post(i, [next = *settings](R& role, Instant now, teredo::Output& output) {
                role.apply(now, next, output);
            });
        }
    }

    // Ends the shards' threads; their descriptors stay open as long as this object.
    void stop() {
        if (!is_running()) {
            return;
        }
        teredo::Counters counters;
        std::uint64_t kernel_drops = 0;
        for (const std::unique_ptr<Shard<R>>& shard : shards_) {
            shard->stop();
            counters += shard->counters();
            kernel_drops += shard->edges().kernel_drops();
        }
        report(context_.log, subject_, counters, kernel_drops);
    }

  private:
    // Lists of peers under way at once: each keeps a page in memory.
    static constexpr int kMaximumScans = 8;

    // Of all shards, or none.
    [[nodiscard]] std::vector<Snapshot<R>> snapshots() const {
        std::vector<Snapshot<R>> found;
        for (const std::unique_ptr<Shard<R>>& shard : shards_) {
            std::optional<Snapshot<R>> one = shard->snapshot();
            if (!one) {
                return {};
            }
            found.push_back(std::move(*one));
        }
        return found;
    }

    static std::optional<Snapshot<R>> sum_of(const std::vector<Snapshot<R>>& each) {
        std::optional<Snapshot<R>> sum;
        for (const Snapshot<R>& one : each) {
            if (sum) {
                add(*sum, one);
            } else {
                sum = one;
            }
        }
        return sum;
    }

    static void add(Snapshot<R>& sum, const Snapshot<R>& one) {
        daemon::add(sum.status, one.status);
        sum.counters += one.counters;
        daemon::add(sum.edge_drops, one.edge_drops);
        daemon::add(sum.offloads, one.offloads);
        sum.handed_over += one.handed_over;
    }

    Expected<void> make_shards(std::vector<ShardEdges> edges, bool knows_peers) {
        std::shared_ptr<Handover> handover;
        if (knows_peers && edges.size() > 1) {
            auto made = Handover::create(static_cast<std::uint32_t>(edges.size()));
            if (!made) {
                return Failure{made.error()};
            }
            handover = std::move(*made);
        }
        for (ShardEdges& each : edges) {
            std::optional<HandoverEnd> end;
            if (handover) {
                end.emplace(handover, static_cast<std::uint32_t>(shards_.size()));
            }
            auto shard = Shard<R>::create(std::move(each), *settings_, std::move(end));
            if (!shard) {
                return Failure{shard.error()};
            }
            shards_.push_back(std::move(*shard));
        }
        return {};
    }

    Expected<void> start(Shard<R>& shard, const EventHandler& handle) {
        const auto take = [this, &shard, handle] { take_messages(shard, handle); };
        if (auto done = context_.loop.on_readable(shard.messages().fd(), take); !done) {
            return done;
        }
        return shard.start();
    }

    void post(std::size_t shard, typename Shard<R>::Task task) {
        if (!shards_[shard]->post(std::move(task))) {
            context_.fail(Error{"the packet thread hangs", {}, 0, {}}, ExitCode::kFailure);
        }
    }

    void scan(const std::shared_ptr<PeerScan>& scan) { post(scan->shard(), step_of(scan)); }

    // One step on the shard's thread, which then goes on by itself with its next turn: packets have
    // theirs in between.
    typename Shard<R>::Task step_of(std::shared_ptr<PeerScan> scan) {
        return [this, scan = std::move(scan)](R& role, Instant now, teredo::Output& /*output*/) {
            const std::size_t index = scan->shard();
            Shard<R>& shard = *shards_[index];
            scan->step([&](std::uint32_t from, std::uint32_t slots, auto& found) {
                return role.list_peers(now, from, slots, found);
            });
            if (scan->shard() != index || !shard.post(step_of(scan))) {
                shard.reply([this, scan] { go_on(scan); });
            }
        };
    }

    // It is complete, or goes on with another shard, or the shard's mailbox was full.
    void go_on(const std::shared_ptr<PeerScan>& scan) {
        if (!scan->is_complete()) {
            this->scan(scan);
            return;
        }
        --scans_;
        scan->finish();
    }

    void take_messages(Shard<R>& shard, const EventHandler& handle) {
        shard.messages().drain([&](const FromShard& message) {
            if (const auto* error = std::get_if<Error>(&message)) {
                context_.fail(*error, ExitCode::kFailure);
            } else if (const auto* reply = std::get_if<Reply>(&message)) {
                (*reply)();
            } else {
                handle(std::get<teredo::Event>(message));
            }
        });
    }

    Context& context_;
    std::string_view subject_;
    std::optional<Settings> settings_;
    std::vector<std::unique_ptr<Shard<R>>> shards_;  // all of them from launch() on
    int scans_ = 0;
};

}  // namespace miredo::daemon
