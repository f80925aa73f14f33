// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A daemon's life with and without a bus.
#include "bus/serve.hpp"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/message_ids.hpp"
#include "fixture.hpp"
#include "proxies.hpp"

namespace miredo::bus {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Serve : public BusTest {
  protected:
    Serve() : client_{control_->add(client_status())} {}
    void SetUp() override {}

    [[nodiscard]] std::string state_on_bus() {
        std::string state;
        in_client([&](sdbus::IConnection& connection) {
            state = InstanceProxy{connection, "client"}.State();
        });
        return state;
    }

    FakeInstance& client_;
};

TEST_F(Serve, HasTheNameWhenItReturns) {
    ASSERT_TRUE(bus_.start());
    serve();
    EXPECT_TRUE(is_on_bus());
    EXPECT_THAT(records_, IsEmpty());
}

TEST_F(Serve, TakesTheNameAwayAtTheEnd) {
    ASSERT_TRUE(bus_.start());
    serve();
    observer_.reset();
    EXPECT_FALSE(is_on_bus());
}

TEST_F(Serve, GoesOnWithoutABusUntilThereIsOne) {
    serve();
    const auto complaints = logged(daemon::message::kBusNotAvailable);
    ASSERT_THAT(complaints, SizeIs(1));
    EXPECT_THAT(complaints[0].text, HasSubstr("cannot connect to the system bus"));
    EXPECT_THAT(complaints[0].text, HasSubstr("miredoctl"));
    // What happens meanwhile is told to nobody, and is there afterwards.
    client_.shown.state = daemon::InstanceState::kQualified;
    observer_->instance_changed(client_);
    observer_->configuration_files_changed();

    ASSERT_TRUE(bus_.start());
    ASSERT_TRUE(run_until([&] { return records_.size() == 2; }));
    EXPECT_THAT(records_[1].text, HasSubstr("is on the system bus now"));
    EXPECT_EQ(state_on_bus(), "qualified");
    // One complaint, however many tries.
    EXPECT_THAT(logged(daemon::message::kBusNotAvailable), SizeIs(1));
}

TEST_F(Serve, SurvivesTheLossOfTheBus) {
    ASSERT_TRUE(bus_.start());
    serve();
    client_.keeps_questions = true;
    {
        // A call is under way when it happens.
        LoopClient caller{loop_};
        const auto proxy =
            dbus::make_proxy(caller.connection(), dbus::kBusName, instance_path("client").c_str());
        proxy->callMethodAsync("ListPeers")
            .onInterface("org.miredo.Miredo1.Instance")
            .withArguments(
                std::map<std::string, sdbus::Variant>{}, std::uint64_t{0}, std::uint32_t{10})
            .uponReplyInvoke([](dbus::CallError /*error*/,
                                const std::vector<std::map<std::string, sdbus::Variant>>& /*peers*/,
                                const std::uint64_t& /*total*/) {});
        ASSERT_TRUE(run_until([&] { return client_.questions.size() == 1; }));
        bus_.kill();
        // The loop does not know yet.
        client_.shown.state = daemon::InstanceState::kQualified;
        observer_->instance_changed(client_);
        ASSERT_TRUE(run_until([&] { return !logged(daemon::message::kBusNotAvailable).empty(); }));
    }
    client_.questions.front()(daemon::PeerPage{});
    client_.shown.state = daemon::InstanceState::kFailed;
    observer_->instance_changed(client_);

    ASSERT_TRUE(bus_.start());
    ASSERT_TRUE(run_until([&] {
        return records_.back().text.find("is on the system bus now") != std::string::npos;
    }));
    EXPECT_EQ(state_on_bus(), "failed");
}

TEST_F(Serve, LeavesTheNameToAnother) {
    ASSERT_TRUE(bus_.start());
    LoopClient other{loop_};
    other.connection().requestName(dbus::ServiceName{dbus::kBusName});
    serve();
    const auto complaints = logged(daemon::message::kBusNameTaken);
    ASSERT_THAT(complaints, SizeIs(1));
    const std::string own_pid = std::to_string(::getpid());
    EXPECT_THAT(complaints[0].text, HasSubstr("(PID " + own_pid + ")"));
    EXPECT_EQ(complaints[0].fields, (std::vector<daemon::Field>{{"MIREDO_OWNER_PID", own_pid}}));
    observer_->instance_changed(client_);
}

TEST_F(Serve, DoesNotWaitForABusThatHangs) {
    ASSERT_TRUE(bus_.start());
    bus_.pause();
    options_.start_limit = std::chrono::milliseconds{20};
    serve();
    observer_->instance_changed(client_);
    EXPECT_THAT(records_, IsEmpty());
    bus_.resume();
    // Once it lives again the try that was under way comes to its end. The client waits for the
    // name.
    in_client([](sdbus::IConnection& connection) {
        const auto driver = dbus::make_proxy(connection, dbus::kDriverName, dbus::kDriverPath);
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        bool has_owner = false;
        while (!has_owner && std::chrono::steady_clock::now() < limit) {
            driver->callMethod("NameHasOwner")
                .onInterface(dbus::kDriverName)
                .withArguments(std::string{dbus::kBusName})
                .storeResultsTo(has_owner);
        }
        EXPECT_TRUE(has_owner);
        EXPECT_EQ((InstanceProxy{connection, "client"}.State()), "degraded");
    });
}

TEST_F(Serve, MayEndWhileABusHangs) {
    ASSERT_TRUE(bus_.start());
    bus_.pause();
    options_.start_limit = std::chrono::milliseconds{1};
    serve();
    observer_.reset();
    // Nothing but the end of the test shows that it did not wait; the thread ends with the bus.
    bus_.resume();
}

}  // namespace
}  // namespace miredo::bus
