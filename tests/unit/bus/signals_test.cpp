// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What the bus is told of a change: what the XML says, and no more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixture.hpp"
#include "proxies.hpp"

namespace miredo::bus {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr const char* kInstance = "org.miredo.Miredo1.Instance";
constexpr const char* kClient = "org.miredo.Miredo1.Client";
constexpr const char* kManager = "org.miredo.Miredo1.Manager";

class Signals : public BusTest {
  protected:
    Signals() : client_{control_->add(client_status())} { control_->add(server_status()); }

    void SetUp() override {
        BusTest::SetUp();
        listener_.emplace(loop_);
        manager_.emplace(listener_->connection());
        instance_.emplace(listener_->connection(), "client");
        role_.emplace(listener_->connection());
        hear_everything();
    }
    // What was sent before an answer has come before it.
    void hear_everything() {
        bool has_answer = false;
        const auto peer = dbus::make_proxy(listener_->connection(), dbus::kBusName, "/");
        peer->callMethodAsync("Ping")
            .onInterface("org.freedesktop.DBus.Peer")
            .uponReplyInvoke([&](dbus::CallError /*error*/) { has_answer = true; });
        ASSERT_TRUE(run_until([&] { return has_answer; }));
    }
    void change(const std::function<void(daemon::InstanceStatus&)>& edit) {
        edit(client_.shown);
        observer_->instance_changed(client_);
        hear_everything();
    }
    daemon::ClientDetails& details() {
        return std::get<daemon::ClientDetails>(client_.shown.details);
    }

    FakeInstance& client_;
    std::optional<LoopClient> listener_;
    std::optional<ManagerProxy> manager_;
    std::optional<InstanceProxy> instance_;
    std::optional<ClientProxy> role_;
};

TEST_F(Signals, NoneWithoutAChange) {
    change([](daemon::InstanceStatus& status) { status.peers->count = 99; });
    EXPECT_THAT(instance_->names, IsEmpty());
    EXPECT_THAT(manager_->names, IsEmpty());
    EXPECT_THAT(instance_->state_changes, IsEmpty());
    EXPECT_THAT(role_->address_changes, IsEmpty());
}

TEST_F(Signals, OfANewState) {
    change([](daemon::InstanceStatus& status) {
        status.state = daemon::InstanceState::kQualified;
        status.reason = "";
        status.since = {1763726500000000, 160000000};
    });
    EXPECT_THAT(
        instance_->names[kInstance],
        UnorderedElementsAre(
            "State", "StateReason", "StateChangeTimestamp", "StateChangeTimestampMonotonic"));
    EXPECT_EQ(instance_->values["State"].get<std::string>(), "qualified");
    EXPECT_THAT(instance_->names, SizeIs(1));
    ASSERT_THAT(instance_->state_changes, SizeIs(1));
    EXPECT_EQ(instance_->state_changes[0].old_value, "degraded");
    EXPECT_EQ(instance_->state_changes[0].new_value, "qualified");
    EXPECT_EQ(instance_->state_changes[0].reason, "");
    EXPECT_THAT(role_->address_changes, IsEmpty());
    // All do their job now.
    EXPECT_THAT(manager_->names[kManager], UnorderedElementsAre("State"));
    EXPECT_EQ(manager_->values["State"].get<std::string>(), "ok");
}

TEST_F(Signals, OfALostAddress) {
    change([this](daemon::InstanceStatus& status) {
        status.state = daemon::InstanceState::kFailed;
        details().address.reset();
        details().mapped.reset();
    });
    EXPECT_THAT(instance_->names[kClient],
                UnorderedElementsAre("Address", "AddressAssignedTimestamp", "MappedEndpoint"));
    ASSERT_THAT(role_->address_changes, SizeIs(1));
    EXPECT_EQ(role_->address_changes[0].old_value, "2001:0:c000:201:2c31:f226:3fff:fdf1");
    EXPECT_EQ(role_->address_changes[0].new_value, "");
    EXPECT_EQ(role_->address_changes[0].reason, "no-reply");
    ASSERT_THAT(instance_->state_changes, SizeIs(1));
    EXPECT_EQ(instance_->state_changes[0].new_value, "failed");
    EXPECT_EQ(instance_->state_changes[0].reason, "no-reply");
}

TEST_F(Signals, AreDerivedFromWhatWasToldLast) {
    change([this](daemon::InstanceStatus&) { details().address = ipv6("2001:0:1::1"); });
    change([this](daemon::InstanceStatus&) { details().address = ipv6("2001:0:2::2"); });
    ASSERT_THAT(role_->address_changes, SizeIs(2));
    EXPECT_EQ(role_->address_changes[1].old_value, "2001:0:1::1");
    EXPECT_EQ(role_->address_changes[1].new_value, "2001:0:2::2");
    EXPECT_EQ(role_->address_changes[1].reason, "mapping-changed");
    EXPECT_THAT(instance_->state_changes, IsEmpty());
}

TEST_F(Signals, OfHealth) {
    change([](daemon::InstanceStatus& status) { status.health.clear(); });
    EXPECT_THAT(manager_->names[kManager], UnorderedElementsAre("Health"));
    EXPECT_THAT(instance_->names, IsEmpty());
}

TEST_F(Signals, OfOtherConfigurationFiles) {
    control_->files = {"/etc/miredo/other.conf"};
    observer_->configuration_files_changed();
    hear_everything();
    EXPECT_THAT(manager_->names[kManager], UnorderedElementsAre("ConfigurationFiles"));
    EXPECT_THAT(manager_->values["ConfigurationFiles"].get<std::vector<std::string>>(),
                ::testing::ElementsAre("/etc/miredo/other.conf"));
}

TEST_F(Signals, OfTextThatIsNoUtf8) {
    change([](daemon::InstanceStatus& status) { status.message = "\xFF"; });
    EXPECT_EQ(instance_->values["StateMessage"].get<std::string>(), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace miredo::bus
