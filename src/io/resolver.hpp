// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Names to IPv4 addresses, in a thread of its own: a name server that does not answer holds up
// nobody, not even the end of the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/ipv4_address.hpp"
#include "io/mailbox.hpp"

namespace miredo::io {

struct ResolverAnswer {
    std::uint64_t tag = 0;  // the question's
    // At least one and at most kMaxAddresses, in the resolver's order, each once. The error's
    // error_number is ENOENT where the name or an address for it does not exist, EAGAIN where
    // asking again may help, else the system call's.
    Expected<std::vector<Ipv4Address>> addresses;
};

class Resolver {
  public:
    static constexpr std::size_t kMaxAddresses = 16;
    static constexpr std::size_t kMaxQuestions = 32;  // asked and not yet drained

    // Starts the thread.
    [[nodiscard]] static Expected<std::unique_ptr<Resolver>> create();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    Resolver(Resolver&&) = delete;
    Resolver& operator=(Resolver&&) = delete;
    // Does not wait for a lookup in progress: its thread ends by itself, touching nothing of ours.
    ~Resolver();

    // One answer with `tag` will come. A dotted quad is answered without a lookup. False when
    // there are too many questions open already.
    [[nodiscard]] bool resolve(std::string_view name, std::uint64_t tag);

    // Readable while there are answers.
    [[nodiscard]] int fd() const;
    // Calls `take(ResolverAnswer&&)` for each answer; returns how many.
    template <typename Take>
    std::size_t drain(Take take) {
        const std::size_t count = answers().drain(take);
        forget(count);
        return count;
    }

  private:
    struct State;  // shared with the thread, which may outlive this object

    Resolver(std::shared_ptr<State> state, std::thread thread);
    static void serve(const std::shared_ptr<State>& state);
    [[nodiscard]] Mailbox<ResolverAnswer>& answers();
    void forget(std::size_t count);

    std::shared_ptr<State> state_;
    std::thread thread_;
};

}  // namespace miredo::io
