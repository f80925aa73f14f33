// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/privileges.hpp"

#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "child.hpp"

namespace miredo::daemon {
namespace {

std::map<std::string, std::string> own_status() {
    std::ifstream file{"/proc/self/status"};
    std::map<std::string, std::string> status;
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(":\t");
        if (colon != std::string::npos) {
            status[line.substr(0, colon)] = line.substr(colon + 2);
        }
    }
    return status;
}

constexpr const char* kNone = "0000000000000000";

TEST(FindUser, knows_names_and_numbers) {
    const auto by_name = find_user("nobody");
    ASSERT_TRUE(by_name);
    const auto by_number = find_user(std::to_string(by_name->uid));
    ASSERT_TRUE(by_number);
    EXPECT_EQ(by_number->name, "nobody");
}

TEST(FindUser, refuses_root_under_any_name) {
    for (const char* name : {"root", "0"}) {
        const auto identity = find_user(name);
        ASSERT_FALSE(identity);
        EXPECT_EQ(identity.error().where, name);
        EXPECT_FALSE(identity.error().remedy.empty());
    }
}

TEST(FindUser, names_the_unknown) {
    const auto identity = find_user("no-such-user-here");
    ASSERT_FALSE(identity);
    EXPECT_NE(identity.error().to_string().find("no-such-user-here"), std::string::npos);
}

TEST(DropPrivileges, leaves_no_capability_and_no_way_back) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root: there is nothing to drop";
    }
    const auto identity = find_user("nobody");
    ASSERT_TRUE(identity);
    EXPECT_EQ(in_child([&] {
                  if (!drop_privileges(*identity)) {
                      return 1;
                  }
                  auto status = own_status();
                  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
                      if (status[set] != kNone) {
                          return 2;
                      }
                  }
                  if (status["NoNewPrivs"] != "1" || ::setuid(0) == 0) {
                      return 3;
                  }
                  return ::geteuid() == identity->uid && ::getgroups(0, nullptr) == 0 ? 0 : 4;
              }),
              0);
}

TEST(DropPrivileges, of_a_user_without_any_still_sets_no_new_privs) {
    const auto identity = find_user("nobody");
    ASSERT_TRUE(identity);
    EXPECT_EQ(in_child([&] {
                  if (::geteuid() == 0 &&
                      ::setresuid(identity->uid, identity->uid, identity->uid) != 0) {
                      return 1;
                  }
                  if (!drop_privileges(current_identity())) {
                      return 2;
                  }
                  auto status = own_status();
                  return status["NoNewPrivs"] == "1" && status["CapPrm"] == kNone ? 0 : 3;
              }),
              0);
}

}  // namespace
}  // namespace miredo::daemon
