// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Calls that not everybody may make. Until there is polkit they are for root and for the daemon's
// own user, and the bus is asked who a caller is: without waiting, so the answer to every such call
// is given later.
//
// Whatever is owed to a caller belongs to the connection's Calls and ends with it; everybody else
// holds it weakly (sdbus-c++ keeps a pointer into the connection in each reply).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include <sdbus-c++/sdbus-c++.h>

#include "dbus/sdbus.hpp"

namespace miredo::bus {

class Calls;

// A reply that is owed to `caller`.
class OwedReply {
  public:
    OwedReply(Calls& calls, std::string caller) : calls_{calls}, caller_{std::move(caller)} {}
    OwedReply(const OwedReply&) = delete;
    OwedReply& operator=(const OwedReply&) = delete;
    OwedReply(OwedReply&&) = delete;
    OwedReply& operator=(OwedReply&&) = delete;
    virtual ~OwedReply() = default;

    [[nodiscard]] const std::string& caller() const { return caller_; }
    void refuse(const sdbus::Error& error);

  protected:
    virtual void send(const sdbus::Error& error) const = 0;
    // Once; a bus that is gone is no error here, the connection's loop tells it.
    void answer(const std::function<void()>& send);

  private:
    Calls& calls_;
    std::string caller_;
};

template <typename... Values>
class Reply final : public OwedReply {
  public:
    Reply(Calls& calls, std::string caller, sdbus::Result<Values...>&& result)
        : OwedReply{calls, std::move(caller)}, result_{std::move(result)} {}

    void give(const Values&... values) {
        answer([&] { result_.returnResults(values...); });
    }

  private:
    void send(const sdbus::Error& error) const override { result_.returnError(error); }

    sdbus::Result<Values...> result_;
};

class Calls {
  public:
    // Calls under way: of all callers, and of one.
    static constexpr std::size_t kMost = 64;
    static constexpr std::size_t kMostOfOne = 16;

    // `own_user` may call, and root.
    Calls(sdbus::IConnection& connection, uid_t own_user);

    // Only inside the handler of the call to `object`. Runs `act` with a shared_ptr to the reply,
    // later, if the caller may call. Throws Busy where too many calls are under way.
    template <typename... Values, typename Act>
    void accept(const sdbus::IObject& object, sdbus::Result<Values...>&& result, Act act) {
        const auto reply = std::make_shared<Reply<Values...>>(
            *this, dbus::sender_of_call(object), std::move(result));
        owe(reply);
        ask(reply, [act = std::move(act), owed = std::weak_ptr{reply}] {
            if (const auto still_owed = owed.lock()) {
                act(still_owed);
            }
        });
    }

  private:
    friend class OwedReply;
    void owe(const std::shared_ptr<OwedReply>& reply);
    void settle(const OwedReply& reply);
    // Calls `admitted` later, or refuses.
    void ask(const std::shared_ptr<OwedReply>& reply, std::function<void()> admitted);

    uid_t own_user_;
    std::vector<std::shared_ptr<OwedReply>> owed_;
    std::unique_ptr<sdbus::IProxy> driver_;
};

}  // namespace miredo::bus
