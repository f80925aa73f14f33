// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The other end of a broker client: records requests and answers as told, from a thread of its own.
#pragma once

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/socket.h>

#include "broker/client.hpp"
#include "broker/protocol.hpp"
#include "io/unique_fd.hpp"

namespace miredo::daemon {

class FakeBroker {
  public:
    // Returns the errno to answer with, 0 for success.
    using Decide = std::function<int(const broker::Request& request)>;

    explicit FakeBroker(Decide decide = [](const broker::Request&) { return 0; })
        : decide_{std::move(decide)} {
        int ends[2] = {-1, -1};
        (void)::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
        server_ = io::UniqueFd{ends[0]};
        client_ = std::make_unique<broker::BrokerClient>(io::UniqueFd{ends[1]});
        thread_ = std::thread{[this] { serve(); }};
    }
    FakeBroker(const FakeBroker&) = delete;
    FakeBroker& operator=(const FakeBroker&) = delete;
    FakeBroker(FakeBroker&&) = delete;
    FakeBroker& operator=(FakeBroker&&) = delete;
    ~FakeBroker() {
        client_.reset();
        thread_.join();
    }

    [[nodiscard]] broker::BrokerClient& client() { return *client_; }
    [[nodiscard]] std::vector<broker::Request> take_requests() {
        const std::lock_guard lock{mutex_};
        return std::exchange(requests_, {});
    }

  private:
    void serve() {
        broker::Request request;
        // The descriptor that comes along is not wanted: the kernel closes it (MSG_CTRUNC).
        while (::recv(server_.get(), &request, sizeof(request), 0) == sizeof(request)) {
            broker::Reply reply;
            reply.operation = request.operation;
            reply.error_number = decide_(request);
            reply.ok = reply.error_number == 0 ? 1 : 0;
            {
                const std::lock_guard lock{mutex_};
                requests_.push_back(request);
            }
            (void)::send(server_.get(), &reply, sizeof(reply), MSG_NOSIGNAL);
        }
    }

    Decide decide_;
    io::UniqueFd server_;
    std::unique_ptr<broker::BrokerClient> client_;
    std::mutex mutex_;
    std::vector<broker::Request> requests_;  // under mutex_
    std::thread thread_;
};

}  // namespace miredo::daemon
