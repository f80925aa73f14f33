// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/resolver.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/thread.hpp"

namespace miredo::io {
namespace {

struct Question {
    std::string name;
    std::uint64_t tag;
};

struct AddressListDeleter {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Error lookup_error(const std::string& name, int code, int system_error) {
    switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
        return {"cannot resolve the name, no IPv4 address is known for it",
                name,
                ENOENT,
                "Check its spelling"};
    case EAI_AGAIN:
        return {"cannot resolve the name, no name server answers",
                name,
                EAGAIN,
                "Check the network and /etc/resolv.conf"};
    case EAI_SYSTEM:
        return {"cannot resolve the name", name, system_error, ""};
    default:
        return {std::string{"cannot resolve the name, "} + ::gai_strerror(code),
                name,
                EAGAIN,
                "Check the network and /etc/resolv.conf"};
    }
}

std::vector<Ipv4Address> distinct_addresses(const addrinfo* list) {
    std::vector<Ipv4Address> addresses;
    for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
        if (item->ai_family != AF_INET || addresses.size() == Resolver::kMaxAddresses) {
            continue;
        }
        sockaddr_in name{};
        std::memcpy(&name, item->ai_addr, sizeof name);
        const Ipv4Address address{ntohl(name.sin_addr.s_addr)};
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
            addresses.push_back(address);
        }
    }
    return addresses;
}

Expected<std::vector<Ipv4Address>> look_up(const std::string& name) {
    // getaddrinfo() would see the part before it only.
    if (name.empty() || name.find('\0') != std::string::npos) {
        return Failure{lookup_error(name, EAI_NONAME, 0)};
    }
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
    const int system_error = errno;
    const std::unique_ptr<addrinfo, AddressListDeleter> list{code == 0 ? found : nullptr};
    if (code != 0) {
        return Failure{lookup_error(name, code, system_error)};
    }
    std::vector<Ipv4Address> addresses = distinct_addresses(list.get());
    if (addresses.empty()) {
        return Failure{lookup_error(name, EAI_NODATA, 0)};
    }
    return addresses;
}

}  // namespace

struct Resolver::State {
    std::mutex mutex;
    std::condition_variable asked;
    std::deque<Question> questions;
    std::size_t open = 0;   // questions, the one being looked up, and answers not drained
    bool looking = false;   // the thread is inside a lookup
    bool stopping = false;  // the Resolver is gone or going
    std::unique_ptr<Mailbox<ResolverAnswer>> answers;
};

Expected<std::unique_ptr<Resolver>> Resolver::create() {
    auto answers = Mailbox<ResolverAnswer>::create(kMaxQuestions);
    if (!answers) {
        return Failure{answers.error()};
    }
    auto state = std::make_shared<State>();
    state->answers = std::move(*answers);
    auto thread = start_thread("the resolver's", [state] { serve(state); });
    if (!thread) {
        return Failure{thread.error()};
    }
    return std::unique_ptr<Resolver>{new Resolver{std::move(state), std::move(*thread)}};
}

Resolver::Resolver(std::shared_ptr<State> state, std::thread thread)
    : state_{std::move(state)}, thread_{std::move(thread)} {}

Resolver::~Resolver() {
    bool looking = false;
    {
        const std::lock_guard lock{state_->mutex};
        state_->stopping = true;
        looking = state_->looking;
    }
    state_->asked.notify_one();
    if (looking) {
        thread_.detach();  // getaddrinfo() cannot be cancelled; the state is the thread's too
    } else {
        thread_.join();
    }
}

void Resolver::serve(const std::shared_ptr<State>& state) {
    std::unique_lock lock{state->mutex};
    for (;;) {
        state->asked.wait(lock, [&] { return state->stopping || !state->questions.empty(); });
        if (state->stopping) {
            return;
        }
        const Question question = std::move(state->questions.front());
        state->questions.pop_front();
        state->looking = true;
        lock.unlock();
        ResolverAnswer answer{question.tag, look_up(question.name)};
        lock.lock();
        state->looking = false;
        if (state->stopping) {
            return;
        }
        // There is room: `open` counts this answer, and never exceeds the mailbox.
        (void)state->answers->try_push(std::move(answer));
    }
}

bool Resolver::resolve(std::string_view name, std::uint64_t tag) {
    {
        const std::lock_guard lock{state_->mutex};
        if (state_->open == kMaxQuestions) {
            return false;
        }
        ++state_->open;
        if (const auto address = Ipv4Address::parse(name)) {
            return state_->answers->try_push({tag, std::vector{*address}});
        }
        state_->questions.push_back({std::string{name}, tag});
    }
    state_->asked.notify_one();
    return true;
}

int Resolver::fd() const {
    return state_->answers->fd();
}

Mailbox<ResolverAnswer>& Resolver::answers() {
    return *state_->answers;
}

void Resolver::forget(std::size_t count) {
    const std::lock_guard lock{state_->mutex};
    state_->open -= count;
}

}  // namespace miredo::io
