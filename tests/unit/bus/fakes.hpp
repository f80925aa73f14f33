// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A daemon with nothing behind it: what the bus shows is what the test says.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/control.hpp"
#include "daemon/log.hpp"

namespace miredo::bus {

class FakeInstance final : public daemon::Instance {
  public:
    explicit FakeInstance(daemon::InstanceStatus status) : shown{std::move(status)} {}

    [[nodiscard]] std::string_view name() const override { return shown.name; }
    void begin() override {}
    void reload(const config::Configuration& /*wanted*/,
                config::Configuration& /*in_force*/) override {}
    void look_around() override {}
    void end() override {}
    [[nodiscard]] daemon::InstanceStatus status() const override { return shown; }
    [[nodiscard]] daemon::Statistics statistics() const override { return counters; }
    void list_peers(const daemon::PeerQuery& query, PeersListed done) override {
        queries.push_back(query);
        if (keeps_questions) {
            questions.push_back(std::move(done));
            return;
        }
        if (!peers_error.what.empty()) {
            done(Failure{peers_error});
            return;
        }
        done(page(query));
    }
    bool requalify() override {
        ++requalified;
        return can_requalify;
    }

    daemon::InstanceStatus shown;
    daemon::Statistics counters;
    std::vector<teredo::PeerStatus> peers;
    Error peers_error;
    bool keeps_questions = false;
    bool can_requalify = true;

    std::vector<PeersListed> questions;
    std::vector<daemon::PeerQuery> queries;
    int requalified = 0;

  private:
    [[nodiscard]] daemon::PeerPage page(const daemon::PeerQuery& query) const {
        daemon::PeerPage result;
        result.total = peers.size();
        const std::size_t begin = std::min<std::size_t>(query.offset, peers.size());
        const std::size_t end = std::min<std::size_t>(begin + query.limit, peers.size());
        const auto first = peers.begin();
        result.peers.assign(first + static_cast<std::ptrdiff_t>(begin),
                            first + static_cast<std::ptrdiff_t>(end));
        return result;
    }
};

class FakeControl final : public daemon::Control {
  public:
    explicit FakeControl(sd_event* loop) : loop_{loop} {}

    [[nodiscard]] sd_event* event_loop() override { return loop_; }
    [[nodiscard]] std::vector<daemon::Instance*> instances() override {
        std::vector<daemon::Instance*> result;
        for (const auto& instance : all) {
            result.push_back(instance.get());
        }
        return result;
    }
    [[nodiscard]] const std::vector<std::string>& configuration_files() const override {
        return files;
    }
    [[nodiscard]] Expected<std::vector<config::Change>> reload() override {
        ++reloaded;
        if (!reload_error.what.empty()) {
            return Failure{reload_error};
        }
        return changes;
    }

    FakeInstance& add(daemon::InstanceStatus status) {
        all.push_back(std::make_unique<FakeInstance>(std::move(status)));
        return *all.back();
    }

    std::vector<std::unique_ptr<FakeInstance>> all;
    std::vector<std::string> files;
    std::vector<config::Change> changes;
    Error reload_error;
    int reloaded = 0;

  private:
    sd_event* loop_;
};

// Keeps what is logged.
class Records final : public daemon::LogTarget {
  public:
    explicit Records(std::vector<daemon::LogRecord>& records) : records_{records} {}
    void write(const daemon::LogRecord& record) override { records_.push_back(record); }

  private:
    std::vector<daemon::LogRecord>& records_;
};

}  // namespace miredo::bus
