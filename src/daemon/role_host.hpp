// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A role's shard and the settings it was given last, on the control thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "daemon/context.hpp"
#include "daemon/edges.hpp"
#include "daemon/instance.hpp"
#include "daemon/peer_scan.hpp"
#include "daemon/shard.hpp"

namespace miredo::daemon {

template <teredo::Role R, typename Settings>
class RoleHost {
  public:
    using EventHandler = std::function<void(const teredo::Event&)>;

    // `context` and what `subject` points to must outlive this.
    RoleHost(Context& context, std::string_view subject) : context_{context}, subject_{subject} {}

    [[nodiscard]] bool is_running() const { return shard_ != nullptr; }

    // Starts the shard; its events go to `handle`, from the control loop. What goes wrong ends in
    // context.fail().
    void launch(ShardEdges edges, const Expected<Settings>& settings, EventHandler handle) {
        if (!settings) {
            context_.fail(settings.error(), ExitCode::kFailure);
            return;
        }
        settings_ = *settings;
        auto shard = Shard<R>::create(std::move(edges), *settings_);
        if (!shard) {
            context_.fail(shard.error(), ExitCode::kFailure);
            return;
        }
        shard_ = std::move(*shard);
        const auto take = [this, handle = std::move(handle)] { take_messages(handle); };
        if (auto done = context_.loop.on_readable(shard_->messages().fd(), take); !done) {
            context_.fail(done.error(), ExitCode::kFailure);
            return;
        }
        if (auto done = shard_->start(); !done) {
            context_.fail(done.error(), ExitCode::kFailure);
        }
    }

    // Nothing before the shard's first turn.
    [[nodiscard]] std::optional<Snapshot<R>> snapshot() const {
        return shard_ ? shard_->snapshot() : std::nullopt;
    }

    // Work for the role, without an answer. False where it does not run.
    bool ask(typename Shard<R>::Task task) {
        if (!shard_) {
            return false;
        }
        post(std::move(task));
        return true;
    }

    // Shard::attach() and then `then`, on the shard's thread; detach() likewise. Only after
    // launch().
    void attach(
        teredo::ServiceSocket which,
        io::UdpSocket socket,
        typename Shard<R>::Task then = [](R&, Instant, teredo::Output&) {}) {
        auto held = std::make_shared<io::UdpSocket>(std::move(socket));  // a task can be copied
        post([this, which, held = std::move(held), then = std::move(then)](
                 R& role, Instant now, teredo::Output& output) {
            shard_->attach(which, std::move(*held));
            then(role, now, output);
        });
    }
    void detach(teredo::ServiceSocket which) {
        post([this, which](R& /*role*/, Instant /*now*/, teredo::Output& /*output*/) {
            shard_->detach(which);
        });
    }

    // Instance::list_peers().
    void list_peers(const PeerQuery& query, Instance::PeersListed done) {
        if (!shard_ || scans_ == kMaximumScans) {
            done(Failure{Error{shard_ ? "too many lists of peers at once" : "it has not begun yet",
                               std::string{subject_},
                               0,
                               "Ask again later"}});
            return;
        }
        ++scans_;
        scan(std::make_shared<PeerScan>(query, std::move(done)));
    }

    // Passes on settings that differ from the last ones; without effect before launch().
    void apply(const Expected<Settings>& settings) {
        if (!shard_) {
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
        post([next = *settings](R& role, Instant now, teredo::Output& output) {
            role.apply(now, next, output);
        });
    }

    // Ends the shard's thread; its descriptors stay open as long as this object.
    void stop() {
        if (shard_) {
            shard_->stop();
            report(context_.log, subject_, shard_->counters(), shard_->edges());
        }
    }

  private:
    // Lists of peers under way at once: each keeps a page in memory.
    static constexpr int kMaximumScans = 8;

    void post(typename Shard<R>::Task task) {
        if (!shard_->post(std::move(task))) {
            context_.fail(Error{"the packet thread hangs", {}, 0, {}}, ExitCode::kFailure);
        }
    }

    void scan(const std::shared_ptr<PeerScan>& scan) { post(step_of(scan)); }

    // One step on the shard's thread, which then goes on by itself with its next turn: packets have
    // theirs in between.
    typename Shard<R>::Task step_of(std::shared_ptr<PeerScan> scan) {
        return [this, scan = std::move(scan)](R& role, Instant now, teredo::Output& /*output*/) {
            scan->step([&](std::uint32_t from, std::uint32_t slots, auto& found) {
                return role.list_peers(now, from, slots, found);
            });
            if (scan->is_complete() || !shard_->post(step_of(scan))) {
                shard_->reply([this, scan] { go_on(scan); });
            }
        };
    }

    // It is complete, or the shard's mailbox was full.
    void go_on(const std::shared_ptr<PeerScan>& scan) {
        if (!scan->is_complete()) {
            this->scan(scan);
            return;
        }
        --scans_;
        scan->finish();
    }

    void take_messages(const EventHandler& handle) {
        shard_->messages().drain([&](const FromShard& message) {
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
    std::unique_ptr<Shard<R>> shard_;
    int scans_ = 0;
};

}  // namespace miredo::daemon
