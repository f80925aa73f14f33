// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a world has to come back to once all faults have healed:
//
//   L1   every client has an address again, in 10 s where it is told of the healing; none has one
//        that its server must not give it
//   L2   who can reach each other does, in 3 s, and nobody else (the oracle says who)
//   L3   no refresh interval is longer than what the NATs keep
//   L4   the address is that of the present mapping, in a refresh interval and 4 s
//   L5   no packet waits for ever: it arrives, or its sender is told
//   L6   an idle client does little: ten events in a minute
#pragma once

#include <functional>
#include <optional>

#include "sim/oracle.hpp"
#include "swarm/world.hpp"

namespace miredo::swarm {

class Liveness {
  public:
    // Right after world.heal().
    explicit Liveness(World& world);

    // The world's judge says what was wrong.
    void run();

  private:
    [[nodiscard]] bool qualifies();
    [[nodiscard]] bool settles();
    [[nodiscard]] bool pairs_connect();
    [[nodiscard]] bool pair_behaves(Client& from, Client& to);
    [[nodiscard]] bool is_told(Client& from, std::uint64_t forwarded, std::size_t told);
    [[nodiscard]] bool natives_connect();
    [[nodiscard]] bool native_is_reached(Client& client, sim::NativeHost& native);
    [[nodiscard]] bool native_reaches(sim::NativeHost& native, Client& client);
    [[nodiscard]] bool reaches(const std::function<void(std::uint16_t)>& ping,
                               const std::function<std::optional<Instant>(std::uint16_t)>& reply,
                               Duration limit);
    [[nodiscard]] bool queues_empty();
    [[nodiscard]] bool is_true(const Client& client);
    [[nodiscard]] bool is_settled(const Client& client);
    [[nodiscard]] static Duration patience_with(const Client& client);
    [[nodiscard]] bool complain_of(const Client& client);
    [[nodiscard]] bool keys_are_told();
    [[nodiscard]] bool intervals_hold();
    [[nodiscard]] static std::uint64_t idle_turns_of(const Client& client);
    [[nodiscard]] bool rest(const Client& one, const Client& other);
    [[nodiscard]] bool fail(const std::string& who, const char* invariant, const std::string& what);

    World& world_;
    sim::SeededRandom random_;
};

}  // namespace miredo::swarm
