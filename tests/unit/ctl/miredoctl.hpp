// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredoctl and the real D-Bus side of a daemon with nothing behind it, on a private bus.
#pragma once

#include <string>
#include <vector>

#include "../bus/fixture.hpp"
#include "program.hpp"

namespace miredo::ctl {

class Miredoctl : public bus::BusTest {
  protected:
    Miredoctl() {
        client_ = &control_->add(bus::client_status());
        control_->add(bus::server_status());
        control_->files = {"/etc/miredo/miredo.conf"};
    }

    // Runs the daemon's side until the program has ended.
    Program& finish(Program& program) {
        EXPECT_TRUE(run_until([&] { return program.has_ended(); })) << program.errors;
        return program;
    }
    // What it prints where it succeeds.
    std::string output_of(const std::vector<std::string>& arguments,
                          const Surroundings& surroundings = {}) {
        Program program{arguments, surroundings};
        EXPECT_EQ(finish(program).exit_status, 0) << program.errors;
        EXPECT_EQ(program.errors, "");
        return program.output;
    }

    // The daemon comes again, with these instances.
    void serve_only(const std::vector<daemon::InstanceStatus>& statuses) {
        observer_.reset();
        control_->all.clear();
        client_ = nullptr;
        for (const daemon::InstanceStatus& status : statuses) {
            bus::FakeInstance& added = control_->add(status);
            client_ = added.shown.name == "client" ? &added : client_;
        }
        serve();
    }

    // `state` as the daemon would tell it.
    void change(bus::FakeInstance& instance, daemon::InstanceState state, const char* reason = "") {
        instance.shown.state = state;
        instance.shown.reason = reason;
        observer_->instance_changed(instance);
    }

    // Runs the daemon's side until the program has printed it.
    bool shows(Program& program, const std::string& text) {
        return run_until(
            [&] { return program.has_ended() || program.output.find(text) != std::string::npos; });
    }

    bus::FakeInstance* client_ = nullptr;  // nothing where there is none
};

}  // namespace miredo::ctl
