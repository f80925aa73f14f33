// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "fixture.hpp"

#include <array>
#include <atomic>
#include <exception>
#include <thread>

#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dbus/names.hpp"
#include "io/unique_fd.hpp"

namespace miredo::bus {
namespace {

constexpr uid_t kNobody = 65534;

void become_nobody_and_run(const std::function<std::string(sdbus::IConnection&)>& body,
                           int answers) {
    std::string answer = "cannot become nobody";
    if (::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
        ::setresuid(kNobody, kNobody, kNobody) == 0) {
        try {
            answer = body(*sdbus::createSystemBusConnection());
        } catch (const sdbus::Error& error) {
            answer = error.getName() + ": " + error.getMessage();
        }
    }
    (void)!::write(answers, answer.data(), answer.size());
    ::_exit(0);
}

}  // namespace

CallResult result_of(const std::function<void()>& call) {
    try {
        call();
        return {};
    } catch (const sdbus::Error& error) {
        return {error.getName(), error.getMessage()};
    }
}

BusTest::BusTest() {
    sd_event_new(&loop_);
    control_ = std::make_unique<FakeControl>(loop_);
    options_.first_retry = std::chrono::milliseconds{10};
    options_.longest_retry = std::chrono::milliseconds{40};
    options_.start_limit = std::chrono::seconds{10};
}

BusTest::~BusTest() {
    observer_.reset();
    sd_event_unref(loop_);
}

void BusTest::SetUp() {
    ASSERT_TRUE(bus_.start()) << "dbus-daemon does not start";
    serve();
    ASSERT_NE(observer_, nullptr);
}

void BusTest::serve() {
    auto observer = bus::serve(*control_, log_, options_);
    ASSERT_TRUE(observer) << observer.error().to_string();
    observer_ = std::move(*observer);
}

bool BusTest::run_until(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > limit) {
            return false;
        }
        if (sd_event_run(loop_, 2000) < 0) {
            return false;
        }
    }
    return true;
}

void BusTest::in_client(const std::function<void(sdbus::IConnection&)>& body) {
    std::atomic<bool> has_ended = false;
    std::string failure;
    std::thread client{[&] {
        try {
            body(*sdbus::createSystemBusConnection());
        } catch (const std::exception& error) {
            failure = error.what();
        }
        has_ended = true;
    }};
    EXPECT_TRUE(run_until([&] { return has_ended.load(); }));
    client.join();
    EXPECT_EQ(failure, "");
}

std::string BusTest::as_nobody(const std::function<std::string(sdbus::IConnection&)>& body) {
    std::array<int, 2> answers{};
    if (::pipe2(answers.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return "no pipe";
    }
    const io::UniqueFd reading{answers[0]};
    io::UniqueFd writing{answers[1]};
    const pid_t child = ::fork();
    if (child == 0) {
        become_nobody_and_run(body, writing.get());
    }
    writing.reset();
    std::string answer;
    EXPECT_TRUE(run_until([&] {
        std::array<char, 4096> part{};
        const ssize_t size = ::read(reading.get(), part.data(), part.size());
        if (size > 0) {
            answer.append(part.data(), static_cast<std::size_t>(size));
        }
        return size == 0;
    }));
    ::waitpid(child, nullptr, 0);
    return answer;
}

std::vector<daemon::LogRecord> BusTest::logged(const daemon::MessageKind& kind) const {
    std::vector<daemon::LogRecord> result;
    for (const daemon::LogRecord& record : records_) {
        if (record.message_id == kind.id) {
            result.push_back(record);
        }
    }
    return result;
}

bool BusTest::is_on_bus() {
    bool has_owner = false;
    in_client([&](sdbus::IConnection& connection) {
        dbus::make_proxy(connection, dbus::kDriverName, dbus::kDriverPath)
            ->callMethod("NameHasOwner")
            .onInterface(dbus::kDriverName)
            .withArguments(std::string{dbus::kBusName})
            .storeResultsTo(has_owner);
    });
    return has_owner;
}

LoopClient::LoopClient(sd_event* loop) : connection_{sdbus::createSystemBusConnection()} {
    auto attachment = dbus::LoopAttachment::create(loop, *connection_, [](const std::string&) {});
    EXPECT_TRUE(attachment);
    attachment_ = std::move(*attachment);
}

}  // namespace miredo::bus
