// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/secrets.hpp"

#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "temporary_file.hpp"

namespace miredo::config {
namespace {

constexpr uid_t kNobody = 65534;

class SecretsTest : public testing::Test {
  protected:
    std::string write_private(const char* name, std::string_view text, mode_t mode = 0600) {
        std::string path = directory_.write(name, text);
        EXPECT_EQ(chmod(path.c_str(), mode), 0);
        return path;
    }
    Secrets read_client(const std::string& source) {
        Configuration configuration;
        configuration.client.emplace().client_identifier = "me";
        configuration.client->secret = source;
        return read(configuration);
    }
    Secrets read_server(const std::string& source) {
        Configuration configuration;
        configuration.server.emplace().secret = source;
        return read(configuration);
    }
    Secrets read(const Configuration& configuration) {
        found_.clear();
        return read_secrets(configuration, access_, before_, found_);
    }
    // All that was said of it, which never has the secret in it.
    std::string said() const {
        std::string all;
        for (const Diagnostic& one : found_) {
            all += one.to_string() + '\n';
        }
        EXPECT_EQ(all.find("hush"), std::string::npos) << all;
        return all;
    }
    bool blames(const std::string& text) const {
        const std::string all = said();
        return has_errors(found_) && all.find(text) != std::string::npos;
    }

    tests::TemporaryDirectory directory_;
    SecretAccess access_{"", geteuid()};
    Secrets before_;
    Diagnostics found_;
};

TEST_F(SecretsTest, NothingIsReadWhereNothingIsNamed) {
    Configuration configuration;
    configuration.client.emplace();
    configuration.server.emplace();
    EXPECT_EQ(read(configuration), Secrets{});
    EXPECT_TRUE(found_.empty()) << said();
    EXPECT_FALSE(client_secret(*configuration.client, {}));
}

TEST_F(SecretsTest, AClientsKeyIsTheFileButForOneNewline) {
    EXPECT_EQ(read_client(write_private("a", "hush")).client_key, "hush");
    EXPECT_EQ(read_client(write_private("a", "hush \n\n")).client_key, "hush \n");
    EXPECT_EQ(read_client(write_private("a", std::string(255, '\0') + '\n', 0400)).client_key,
              std::string(255, '\0'));
    EXPECT_TRUE(found_.empty()) << said();
}

TEST_F(SecretsTest, AKeyHasOneTo255Bytes) {
    for (const std::string& key : {std::string{}, std::string{"\n"}, std::string(256, 'x')}) {
        (void)read_client(write_private("a", key));
        EXPECT_TRUE(blames("bytes are no key, expected 1 to 255")) << said();
    }
}

TEST_F(SecretsTest, ANameIsACredential) {
    (void)read_client("teredo");
    EXPECT_TRUE(blames("[Client]: error: Secret: there are no credentials")) << said();
    EXPECT_TRUE(blames("LoadCredential=")) << said();
    access_.credentials_directory = directory_.file("");
    // What guards it there is not for us to judge.
    (void)write_private("teredo", "hush", 0440);
    EXPECT_EQ(read_client("teredo").client_key, "hush");
    (void)read_client("other");
    EXPECT_TRUE(blames("No such file")) << said();
}

TEST_F(SecretsTest, AFileThatOthersMayReadOrWriteIsNotRead) {
    for (const mode_t mode : {0640U, 0620U, 0604U, 0602U, 0601U, 0777U}) {
        EXPECT_EQ(read_client(write_private("a", "hush", mode)).client_key, "");
        EXPECT_TRUE(blames("which is not for its owner alone: it is not read. chmod 600 /"))
            << said();
    }
}

TEST_F(SecretsTest, AFileOfSomebodyElseIsNotRead) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "needs root";
    }
    const std::string path = write_private("a", "hush");
    ASSERT_EQ(chown(path.c_str(), kNobody, 0), 0);
    EXPECT_EQ(read_client(path).client_key, "");
    EXPECT_TRUE(blames("belongs to user 65534, neither to root nor")) << said();
    access_.user = kNobody;
    EXPECT_EQ(read_client(path).client_key, "hush");
}

TEST_F(SecretsTest, WhatMayNotBeReadAnyMoreStays) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "needs root, to give it up";
    }
    const std::string path = write_private("a", "hush");
    ASSERT_EQ(chmod(directory_.file("").c_str(), 0755), 0);
    before_ = read_client(path);
    ASSERT_EQ(seteuid(kNobody), 0);
    const Secrets kept = read_client(path);
    const bool warns = !found_.empty() && !has_errors(found_);
    before_.client_source = "/another";
    (void)read_client(path);
    ASSERT_EQ(seteuid(0), 0);
    EXPECT_TRUE(warns);
    EXPECT_EQ(kept.client_key, "hush");
    EXPECT_TRUE(blames("LoadCredential=NAME:FILE")) << said();
}

TEST_F(SecretsTest, AServersFileHasAClientOnEachLine) {
    const Secrets secrets = read_server(write_private("a",
                                                      "# comment\n\n  one \thush with blanks \n"
                                                      "two hush\ntwo old-hush"));
    EXPECT_TRUE(found_.empty()) << said();
    ASSERT_EQ(secrets.server.size(), 3U);
    EXPECT_EQ(secrets.server[0].client_identifier.size(), 3U);
    EXPECT_EQ(secrets.server[0].key.size(), std::string_view{"hush with blanks "}.size());
    EXPECT_EQ(secrets.server[1].key.size(), 4U);
    EXPECT_EQ(secrets.server[2].client_identifier, secrets.server[1].client_identifier);
}

TEST_F(SecretsTest, AServersFileIsBlamedByLine) {
    const std::string path = write_private("a",
                                           "hush\n"
                                           "one hush\r\n"
                                           "\xC3\xA4 hush\n"
                                           "two hush\ntwo hush1\ntwo hush2\n"
                                           "three " +
                                               std::string(256, 'x') + "\n");
    (void)read_server(path);
    EXPECT_EQ(found_.size(), 5U) << said();
    EXPECT_TRUE(blames(path + ":1: error: this is no client, expected `identifier key`"));
    EXPECT_TRUE(blames(path + ":2: error: the line ends in a carriage return"));
    EXPECT_TRUE(blames(path + ":3: error: this is no client"));
    EXPECT_TRUE(blames(path + ":6: error: there are two keys of this client above"));
    EXPECT_TRUE(blames(path + ":7: error: this is no client"));
    (void)read_server(write_private("b", "# nobody\n"));
    EXPECT_TRUE(blames("there is no client in it"));
}

}  // namespace
}  // namespace miredo::config
