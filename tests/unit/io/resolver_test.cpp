// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/resolver.hpp"

#include <cerrno>
#include <cstdio>
#include <optional>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "io/boottime_clock.hpp"
#include "io/udp_socket.hpp"
#include "private_network.hpp"

namespace miredo::io {
namespace {

constexpr Ipv4Address kNameServer{127, 0, 0, 53};

bool wait_readable(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, 20'000) == 1;
}

std::optional<ResolverAnswer> next_answer(Resolver& resolver) {
    std::optional<ResolverAnswer> result;
    if (wait_readable(resolver.fd())) {
        resolver.drain([&](ResolverAnswer&& answer) { result = std::move(answer); });
    }
    return result;
}

// Makes this process, and it alone, ask `kNameServer` and nobody else.
bool use_own_name_server() {
    static const bool done = [] {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
            return false;
        }
        char path[] = "/tmp/miredo-resolv-XXXXXX";
        const UniqueFd file{::mkstemp(path)};
        const std::string text = "nameserver " + kNameServer.to_string() + "\n";
        const bool mounted =
            file &&
            ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
            ::mount(path, "/etc/resolv.conf", nullptr, MS_BIND, nullptr) == 0;
        (void)::unlink(path);
        return mounted;
    }();
    return done;
}

class ResolverTest : public ::testing::Test {
  protected:
    void SetUp() override {
        MIREDO_NEEDS_PRIVATE_NETWORK();
        if (!use_own_name_server()) {
            GTEST_SKIP() << "no name server of our own";
        }
    }

    // Waits for a question and returns it; empty where none comes.
    static ReceivedDatagram next_question(UdpSocket& server, DatagramReceiveBatch& batch) {
        if (!wait_readable(server.fd())) {
            return {};
        }
        server.receive(batch);
        return batch.front();
    }

    // The response (RFC 1035 §4.1) to `question`, with `addresses` as A records.
    static std::vector<std::byte> response(Bytes question,
                                           const std::vector<Ipv4Address>& addresses) {
        std::size_t end = 12;
        while (question[end] != std::byte{0}) {
            end += 1 + std::to_integer<std::size_t>(question[end]);
        }
        end += 5;
        std::vector<std::byte> result(question.begin(),
                                      question.begin() + static_cast<std::ptrdiff_t>(end));
        const MutableBytes header{result};
        store_be16(header.subspan(2), addresses.empty() ? 0x8183 : 0x8180);  // NXDOMAIN or none
        store_be16(header.subspan(6), static_cast<std::uint16_t>(addresses.size()));
        store_be32(header.subspan(8), 0);
        for (const Ipv4Address address : addresses) {
            std::vector<std::byte> record(16);
            store_be16(record, 0xC00C);
            store_be32(MutableBytes{record}.subspan(2), 0x00010001);
            store_be32(MutableBytes{record}.subspan(6), 60);
            store_be16(MutableBytes{record}.subspan(10), 4);
            store_be32(MutableBytes{record}.subspan(12), address.value());
            result.insert(result.end(), record.begin(), record.end());
        }
        return result;
    }

    // What resolving a name gives when the name server knows `addresses` for it.
    Expected<std::vector<Ipv4Address>> resolve(const std::vector<Ipv4Address>& addresses) {
        auto server = UdpSocket::open(kNameServer, 53).value();
        auto resolver = Resolver::create().value();
        EXPECT_TRUE(resolver->resolve("teredo.example.net.", 5));
        DatagramReceiveBatch in;
        const ReceivedDatagram question = next_question(server, in);
        if (question.bytes.empty()) {
            return Failure{Error{"no question came", "", 0, ""}};
        }
        const auto bytes = response(question.bytes, addresses);
        DatagramSendBatch out;
        EXPECT_TRUE(out.append_borrowed(question.from, bytes));
        EXPECT_EQ(server.send(out).sent, 1U);
        auto answer = next_answer(*resolver);
        if (!answer) {
            return Failure{Error{"no answer came", "", 0, ""}};
        }
        EXPECT_EQ(answer->tag, 5U);
        return std::move(answer->addresses);
    }
};

TEST_F(ResolverTest, AnswersADottedQuadWithoutALookup) {
    auto resolver = Resolver::create().value();
    ASSERT_TRUE(resolver->resolve("192.0.2.33", 42));
    const auto answer = next_answer(*resolver);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->tag, 42U);
    ASSERT_TRUE(answer->addresses);
    EXPECT_EQ(*answer->addresses, std::vector{Ipv4Address(192, 0, 2, 33)});
}

TEST_F(ResolverTest, GivesEachAddressOnceInOrder) {
    const Ipv4Address first{192, 0, 2, 9};
    const Ipv4Address second{192, 0, 2, 1};
    const auto addresses = resolve({first, second, first});
    ASSERT_TRUE(addresses) << addresses.error().to_string();
    // The C library sorts by RFC 6724; what counts is that both are there once.
    EXPECT_EQ(addresses->size(), 2U);
    EXPECT_NE(std::find(addresses->begin(), addresses->end(), first), addresses->end());
    EXPECT_NE(std::find(addresses->begin(), addresses->end(), second), addresses->end());
}

TEST_F(ResolverTest, BoundsTheNumberOfAddresses) {
    std::vector<Ipv4Address> many;
    for (std::uint8_t i = 1; i <= 24; ++i) {
        many.emplace_back(std::uint8_t{192}, std::uint8_t{0}, std::uint8_t{2}, i);
    }
    const auto addresses = resolve(many);
    ASSERT_TRUE(addresses) << addresses.error().to_string();
    EXPECT_EQ(addresses->size(), Resolver::kMaxAddresses);
}

TEST_F(ResolverTest, NamesANameThatDoesNotExist) {
    const auto addresses = resolve({});
    ASSERT_FALSE(addresses);
    EXPECT_EQ(addresses.error().error_number, ENOENT);
    EXPECT_EQ(addresses.error().where, "teredo.example.net.");
    EXPECT_FALSE(addresses.error().remedy.empty());
}

TEST_F(ResolverTest, SaysThatNoNameServerAnswers) {
    // Nobody listens at the address: refused at once.
    auto resolver = Resolver::create().value();
    ASSERT_TRUE(resolver->resolve("teredo.example.net.", 1));
    const auto answer = next_answer(*resolver);
    ASSERT_TRUE(answer);
    ASSERT_FALSE(answer->addresses);
    EXPECT_EQ(answer->addresses.error().error_number, EAGAIN);
}

TEST_F(ResolverTest, RefusesNamesThatTheLibraryWouldCut) {
    auto resolver = Resolver::create().value();
    for (const std::string_view name :
         {std::string_view{}, std::string_view{"localhost\0.example.net", 22}}) {
        ASSERT_TRUE(resolver->resolve(name, 1));
        const auto answer = next_answer(*resolver);
        ASSERT_TRUE(answer);
        ASSERT_FALSE(answer->addresses);
        EXPECT_EQ(answer->addresses.error().error_number, ENOENT);
    }
}

TEST_F(ResolverTest, BoundsTheOpenQuestions) {
    auto resolver = Resolver::create().value();
    for (std::size_t i = 0; i < Resolver::kMaxQuestions; ++i) {
        ASSERT_TRUE(resolver->resolve("192.0.2.1", i));
    }
    EXPECT_FALSE(resolver->resolve("192.0.2.1", 99));
    EXPECT_EQ(resolver->drain([](ResolverAnswer&&) {}), Resolver::kMaxQuestions);
    EXPECT_TRUE(resolver->resolve("192.0.2.1", 100));
}

TEST_F(ResolverTest, EndsAtOnceDuringALookupThatNobodyAnswers) {
    auto server = UdpSocket::open(kNameServer, 53).value();
    auto resolver = Resolver::create().value();
    ASSERT_TRUE(resolver->resolve("teredo.example.net.", 1));
    DatagramReceiveBatch in;
    ASSERT_FALSE(next_question(server, in).bytes.empty());  // the lookup has begun
    const Instant before = boottime_now();
    resolver.reset();
    EXPECT_LT(boottime_now() - before, std::chrono::seconds{1});
}

}  // namespace
}  // namespace miredo::io
