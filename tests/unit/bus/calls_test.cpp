// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// ListPeers, Requalify and Reload: what they do, whom they refuse, and how many at once.
#include "bus/calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixture.hpp"
#include "proxies.hpp"

namespace miredo::bus {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using Filter = std::map<std::string, sdbus::Variant>;

class Methods : public BusTest {
  protected:
    Methods() : client_{control_->add(client_status())} {
        for (std::uint64_t i = 0; i < 25; ++i) {
            teredo::PeerStatus peer;
            peer.address = Ipv6Address{0x2001000000010000, i};
            client_.peers.push_back(peer);
        }
    }

    // Asks without waiting; every answer's error name goes to `answers`, "" for none.
    void list_peers_later(sdbus::IProxy& proxy, std::vector<std::string>& answers) {
        proxy.callMethodAsync("ListPeers")
            .onInterface("org.miredo.Miredo1.Instance")
            .withArguments(Filter{}, std::uint64_t{0}, std::uint32_t{10})
            .uponReplyInvoke([&answers](dbus::CallError error,
                                        const std::vector<Filter>& /*peers*/,
                                        const std::uint64_t& /*total*/) {
                answers.push_back(error ? std::string{error->getName()} : std::string{});
            });
    }

    FakeInstance& client_;
};

TEST_F(Methods, ListPeersGivesPages) {
    in_client([](sdbus::IConnection& connection) {
        InstanceProxy client{connection, "client"};
        std::vector<std::string> addresses;
        std::uint64_t total = 1;
        while (addresses.size() < total) {
            const auto [page, matching] = client.ListPeers({}, addresses.size(), 10);
            total = matching;
            ASSERT_FALSE(page.empty());
            ASSERT_LE(page.size(), 10U);
            for (const auto& peer : page) {
                addresses.push_back(peer.at("Address").get<std::string>());
            }
        }
        ASSERT_EQ(addresses.size(), 25U);
        EXPECT_EQ(addresses.front(), "2001:0:1::");
        EXPECT_EQ(addresses.back(), "2001:0:1::18");
        const auto [page, matching] = client.ListPeers({}, UINT64_MAX, 1000);
        EXPECT_TRUE(page.empty());
        EXPECT_EQ(matching, 25U);
    });
}

TEST_F(Methods, ListPeersHandsOnTheFilter) {
    in_client([](sdbus::IConnection& connection) {
        InstanceProxy client{connection, "client"};
        (void)client.ListPeers({{"Kind", sdbus::Variant{std::string{"native"}}}}, 3, 7);
    });
    ASSERT_EQ(client_.queries.size(), 1U);
    EXPECT_EQ(client_.queries[0].kind, teredo::PeerKind::kNative);
    EXPECT_EQ(client_.queries[0].offset, 3U);
    EXPECT_EQ(client_.queries[0].limit, 7U);
}

TEST_F(Methods, ListPeersRefusesWhatItDoesNotKnow) {
    in_client([](sdbus::IConnection& connection) {
        InstanceProxy client{connection, "client"};
        const auto unknown = result_of([&] {
            (void)client.ListPeers({{"Colour", sdbus::Variant{std::string{"red"}}}}, 0, 10);
        });
        EXPECT_EQ(unknown.error_name, dbus::error::kInvalidArgs);
        EXPECT_THAT(unknown.error_text, HasSubstr("Address, Kind, State"));
        for (const std::uint32_t limit : {0U, 1001U}) {
            EXPECT_EQ(result_of([&] { (void)client.ListPeers({}, 0, limit); }).error_name,
                      dbus::error::kInvalidArgs);
        }
    });
    EXPECT_TRUE(client_.queries.empty());
}

TEST_F(Methods, ListPeersIsBusyWhereTheInstanceIs) {
    client_.peers_error = {"the instance does not run yet", "client", 0, "Try again"};
    in_client([](sdbus::IConnection& connection) {
        const auto result = result_of([&] {
            (void)InstanceProxy{connection, "client"}.ListPeers({}, 0, 10);
        });
        EXPECT_EQ(result.error_name, dbus::error::kBusy);
        EXPECT_THAT(result.error_text, HasSubstr("the instance does not run yet"));
    });
}

TEST_F(Methods, ReloadGivesTheChanges) {
    control_->changes = {{"Client.Server", "a.example", "b.example", true},
                         {"Client.Port", "0", "\xFF", false}};
    in_client([](sdbus::IConnection& connection) {
        const auto changes = ManagerProxy{connection}.Reload();
        ASSERT_EQ(changes.size(), 2U);
        using Change = sdbus::Struct<std::string, std::string, std::string, std::string>;
        EXPECT_EQ(changes[0], (Change{"Client.Server", "a.example", "b.example", "applied"}));
        EXPECT_EQ(changes[1], (Change{"Client.Port", "0", "\xEF\xBF\xBD", "restart-needed"}));
    });
    EXPECT_EQ(control_->reloaded, 1);
}

TEST_F(Methods, ReloadNamesEveryErrorOfABadConfiguration) {
    const std::string text = "miredo.conf:3: unknown key \"Sever\"\nmiredo.conf:9: no number";
    control_->reload_error = {text, "", 0, ""};
    in_client([&](sdbus::IConnection& connection) {
        const auto result = result_of([&] { (void)ManagerProxy{connection}.Reload(); });
        EXPECT_EQ(result.error_name, dbus::error::kConfigurationInvalid);
        EXPECT_THAT(result.error_text, HasSubstr(text));
    });
}

TEST_F(Methods, RequalifyAsksTheClient) {
    in_client([](sdbus::IConnection& connection) { ClientProxy{connection}.Requalify(); });
    EXPECT_EQ(client_.requalified, 1);

    client_.can_requalify = false;
    in_client([](sdbus::IConnection& connection) {
        EXPECT_EQ(result_of([&] { ClientProxy{connection}.Requalify(); }).error_name,
                  dbus::error::kBusy);
    });
}

TEST_F(Methods, AreRefusedToNobodyWhoMayReadEverythingElse) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can become nobody";
    }
    const std::string denied = dbus::error::kAccessDenied;
    const auto ask = [&](const std::function<void(sdbus::IConnection&)>& call) {
        return as_nobody([&](sdbus::IConnection& connection) {
            call(connection);
            return std::string{"granted"};
        });
    };
    const auto why = denied + ": only root and the user that miredo runs as may do this";
    EXPECT_EQ(ask([](sdbus::IConnection& c) { (void)ManagerProxy{c}.Reload(); }), why);
    EXPECT_EQ(ask([](sdbus::IConnection& c) { ClientProxy{c}.Requalify(); }), why);
    EXPECT_EQ(ask([](sdbus::IConnection& c) {
                  (void)InstanceProxy{c, "client"}.ListPeers({}, 0, 10);
              }),
              why);
    EXPECT_EQ(control_->reloaded, 0);
    EXPECT_EQ(client_.requalified, 0);
    EXPECT_TRUE(client_.queries.empty());

    EXPECT_EQ(as_nobody([](sdbus::IConnection& c) { return ClientProxy{c}.ServerName(); }),
              "teredo.example.net");
    EXPECT_THAT(as_nobody([](sdbus::IConnection& c) { return ManagerProxy{c}.Describe(); }),
                StartsWith(R"({"schema":"miredo.status/1")"));
}

TEST_F(Methods, CanNotBeServedByNobody) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can become nobody";
    }
    EXPECT_THAT(as_nobody([](sdbus::IConnection& connection) {
                    connection.requestName(dbus::ServiceName{"org.miredo.Miredo1"});
                    return std::string{"granted"};
                }),
                StartsWith(dbus::error::kAccessDenied));
}

TEST_F(Methods, AreBoundedForEachCaller) {
    client_.keeps_questions = true;
    LoopClient caller{loop_};
    const auto proxy =
        dbus::make_proxy(caller.connection(), dbus::kBusName, instance_path("client").c_str());
    std::vector<std::string> answers;
    for (std::size_t i = 0; i <= Calls::kMostOfOne; ++i) {
        list_peers_later(*proxy, answers);
    }
    ASSERT_TRUE(run_until(
        [&] { return answers.size() == 1 && client_.questions.size() == Calls::kMostOfOne; }));
    EXPECT_EQ(answers[0], dbus::error::kBusy);

    // What is answered makes room.
    client_.questions.front()(daemon::PeerPage{});
    ASSERT_TRUE(run_until([&] { return answers.size() == 2; }));
    EXPECT_EQ(answers[1], "");
    list_peers_later(*proxy, answers);
    ASSERT_TRUE(run_until([&] { return client_.questions.size() == Calls::kMostOfOne + 1; }));
}

TEST_F(Methods, AreBoundedForAllCallers) {
    client_.keeps_questions = true;
    std::vector<std::unique_ptr<LoopClient>> callers;
    std::vector<std::unique_ptr<sdbus::IProxy>> proxies;
    std::vector<std::string> answers;
    for (std::size_t i = 0; i < Calls::kMost; ++i) {
        if (i % Calls::kMostOfOne == 0) {
            callers.push_back(std::make_unique<LoopClient>(loop_));
            proxies.push_back(dbus::make_proxy(
                callers.back()->connection(), dbus::kBusName, instance_path("client").c_str()));
        }
        list_peers_later(*proxies.back(), answers);
    }
    ASSERT_TRUE(run_until([&] { return client_.questions.size() == Calls::kMost; }));
    EXPECT_TRUE(answers.empty());
    in_client([](sdbus::IConnection& connection) {
        EXPECT_EQ(result_of([&] {
                      (void)InstanceProxy{connection, "client"}.ListPeers({}, 0, 1);
                  }).error_name,
                  dbus::error::kBusy);
    });
    proxies.clear();
}

TEST_F(Methods, CostNothingOnceTheCallerHasLeft) {
    client_.keeps_questions = true;
    {
        LoopClient caller{loop_};
        const auto proxy =
            dbus::make_proxy(caller.connection(), dbus::kBusName, instance_path("client").c_str());
        std::vector<std::string> answers;
        list_peers_later(*proxy, answers);
        ASSERT_TRUE(run_until([&] { return client_.questions.size() == 1; }));
    }
    client_.questions.front()(daemon::PeerPage{});
    in_client([](sdbus::IConnection& connection) {
        EXPECT_EQ((InstanceProxy{connection, "client"}.State()), "degraded");
    });
}

TEST_F(Methods, AnswersMayComeAfterTheObserversEnd) {
    client_.keeps_questions = true;
    LoopClient caller{loop_};
    const auto proxy =
        dbus::make_proxy(caller.connection(), dbus::kBusName, instance_path("client").c_str());
    std::vector<std::string> answers;
    list_peers_later(*proxy, answers);
    ASSERT_TRUE(run_until([&] { return client_.questions.size() == 1; }));
    observer_.reset();
    client_.questions.front()(daemon::PeerPage{});
    ASSERT_TRUE(run_until([&] { return answers.size() == 1; }));
    EXPECT_NE(answers[0], "");
    EXPECT_FALSE(is_on_bus());
}

}  // namespace
}  // namespace miredo::bus
