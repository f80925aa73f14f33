// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredoctl and a service that answers as ours would not, or not to everybody.
#include <string>

#include <systemd/sd-bus.h>

#include <gtest/gtest.h>

#include "../bus/private_bus.hpp"
#include "dbus/names.hpp"
#include "program.hpp"

namespace miredo::ctl {
namespace {

// Owns the name and answers every call to it alike.
class OddService {
  public:
    OddService() {
        EXPECT_GE(sd_bus_open_system(&bus_), 0);
        EXPECT_GE(sd_bus_add_filter(bus_, nullptr, &OddService::answer, this), 0);
        EXPECT_GE(sd_bus_request_name(bus_, dbus::kBusName, 0), 0);
    }
    OddService(const OddService&) = delete;
    OddService& operator=(const OddService&) = delete;
    OddService(OddService&&) = delete;
    OddService& operator=(OddService&&) = delete;
    ~OddService() { sd_bus_close_unref(bus_); }

    // Until the program has ended.
    Program& serve(Program& program) {
        while (!leaves_ && !program.has_ended()) {
            if (sd_bus_process(bus_, nullptr) == 0) {
                sd_bus_wait(bus_, 2000);
            }
        }
        if (leaves_) {
            sd_bus_close(bus_);
        }
        return program.wait();
    }

    std::string text;        // what a call returns
    std::string error_name;  // instead of it
    bool leaves_when_asked = false;

  private:
    static int answer(sd_bus_message* message, void* self, sd_bus_error* /*error*/) {
        auto& service = *static_cast<OddService*>(self);
        if (sd_bus_message_is_method_call(message, nullptr, nullptr) <= 0) {
            return 0;
        }
        if (service.leaves_when_asked) {
            service.leaves_ = true;
            return 1;
        }
        if (!service.error_name.empty()) {
            const sd_bus_error error{service.error_name.c_str(), service.text.c_str(), 0};
            return sd_bus_reply_method_error(message, &error);
        }
        return sd_bus_reply_method_return(message, "s", service.text.c_str());
    }

    sd_bus* bus_ = nullptr;
    bool leaves_ = false;
};

class OddServiceTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(bus_.start()); }

    void expect(const std::string& verb, int exit_status, const std::string& errors) {
        OddService service;
        service.text = text_;
        service.error_name = error_name_;
        service.leaves_when_asked = leaves_;
        Program program{{verb}};
        EXPECT_EQ(service.serve(program).exit_status, exit_status);
        EXPECT_EQ(program.errors, "miredoctl: " + errors + '\n');
        EXPECT_EQ(program.output, "");
    }

    bus::PrivateBus bus_;
    std::string text_;
    std::string error_name_;
    bool leaves_ = false;
};

TEST_F(OddServiceTest, WhatIsNoDocumentIsAFailure) {
    text_ = "nonsense";
    for (const char* verb : {"status", "list", "stats", "peers", "requalify"}) {
        expect(verb, 1, "miredo answered with something else than JSON");
    }
    text_ = R"({"schema": "miredo.status/2"})";
    expect("status",
           1,
           "miredo answered with a document of schema miredo.status/2, this miredoctl knows "
           "miredo.status/1; both have to be of one version");
}

TEST_F(OddServiceTest, RefusalsHaveAStatusOfTheirOwn) {
    error_name_ = dbus::error::kAccessDenied;
    text_ = "not you";
    for (const char* verb : {"status", "reload", "wait", "monitor"}) {
        expect(verb, 5, "permission denied: not you. Run it as root: sudo miredoctl ...");
    }
}

TEST_F(OddServiceTest, AnInvalidConfigurationIsShownWhole) {
    error_name_ = dbus::error::kConfigurationInvalid;
    text_ = "a.conf:1: error: x\nb.conf:2: error: y";
    expect("reload",
           7,
           "the configuration is invalid, the one in force stays:\n"
           "a.conf:1: error: x\nb.conf:2: error: y");
}

TEST_F(OddServiceTest, OtherErrorsAreFailures) {
    error_name_ = dbus::error::kBusy;
    text_ = "a reload is under way";
    expect("reload", 1, "a reload is under way (org.miredo.Miredo1.Error.Busy)");
    error_name_ = "org.freedesktop.DBus.Error.UnknownMethod";
    text_ = "no Describe";
    expect("status",
           1,
           "the miredo that is running is of another version than miredoctl: no Describe. Restart "
           "it: systemctl restart miredo");
    error_name_ = "org.freedesktop.DBus.Error.Timeout";
    expect(
        "status", 6, "miredo is there, but has not answered within 10s. See: journalctl -u miredo");
}

TEST_F(OddServiceTest, ItMayGoAwayWhileItIsAsked) {
    leaves_ = true;
    expect("status", 3, "miredo went away before it answered. See: journalctl -u miredo");
}

}  // namespace
}  // namespace miredo::ctl
