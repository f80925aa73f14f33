// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Host names to IPv4 addresses for the control thread: questions go to the resolver's thread,
// answers come back as calls. Addresses in text form are answered at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/ipv4_address.hpp"
#include "daemon/control_loop.hpp"
#include "io/resolver.hpp"

namespace miredo::daemon {

class Names {
  public:
    using Answer = std::function<void(const Expected<Ipv4Address>& address)>;

    // The loop must outlive the names.
    explicit Names(ControlLoop& loop) : loop_{loop} {}
    ~Names() = default;
    Names(const Names&) = delete;
    Names& operator=(const Names&) = delete;
    Names(Names&&) = delete;
    Names& operator=(Names&&) = delete;

    // Calls `answer` once, with the first address of `name`: before it returns where that is an
    // address in text form, or empty (0.0.0.0); else from the loop, unless this object is gone by
    // then. Whoever may vanish earlier captures something that tells.
    void resolve(const std::string& name, Answer answer);

  private:
    [[nodiscard]] Expected<void> start();
    void take_answers();

    struct Question {
        std::string name;
        Answer answer;
    };

    ControlLoop& loop_;
    std::unique_ptr<io::Resolver> resolver_;  // started with the first name
    std::map<std::uint64_t, Question> questions_;
    std::uint64_t next_tag_ = 0;
};

}  // namespace miredo::daemon
