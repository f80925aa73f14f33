// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What must hold for the network as a whole, which no single role can know:
//
//   S6   nothing goes round in circles: what one packet causes, all roles taken together, is
//        limited, and no server passes on what a server has passed on
//   S10  hosts get each other's packets once and in order, where the links do so and nobody lies
//   S11  what is done does not depend on what the clock says (shape())
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sim/observer.hpp"
#include "sim/role_host.hpp"
#include "swarm/judge.hpp"

namespace miredo::swarm {

enum class RoleKind : std::uint8_t { kClient, kRelay, kServer };

class NetworkRules final : public sim::Observer {
  public:
    // With `is_once` and `is_in_order` the links neither duplicate nor reorder.
    NetworkRules(Judge& judge, Instant start, bool is_once, bool is_in_order)
        : judge_{judge}, start_{start}, is_once_{is_once}, is_in_order_{is_in_order} {}

    // To be called with every turn of every role.
    void note_turn(const sim::RoleTurn& turn, RoleKind kind, const std::string& who);

    void on_sent(Instant now, const sim::Transmission& datagram) override;
    void
    on_end(Instant now, const sim::Transmission& datagram, const sim::Delivery* delivery) override;
    void on_native_sent(Instant now, const sim::NativeTransmission& packet) override;
    void on_native_end(Instant now,
                       const sim::NativeTransmission& packet,
                       const sim::Host* receiver) override;

    // Stands for who sent how much to whom, when since the start, and what became of it: equal for
    // two runs that differ in their start alone.
    [[nodiscard]] std::uint64_t shape() const { return shape_; }
    [[nodiscard]] std::uint64_t turn_count() const { return turn_count_; }

  private:
    struct Cause {
        std::uint64_t root = 0;
        std::uint32_t depth = 0;
        bool is_of_server = false;  // sent by one
    };

    void note_sent(Instant now, std::uint64_t number, const sim::Host* sender);
    void check_delivered(const sim::RoleTurn& turn, const std::string& who);

    Judge& judge_;
    Instant start_;
    bool is_once_;
    bool is_in_order_;

    std::vector<Cause> causes_;          // by number
    std::vector<std::uint32_t> caused_;  // by a root's number: how many
    std::optional<std::uint64_t> delivered_;
    const sim::Host* speaker_ = nullptr;  // whose turn it is
    RoleKind speaker_kind_ = RoleKind::kClient;
    std::string speaker_name_;
    std::optional<Cause> cause_;  // of what the speaker sends

    // Receiver, sender's address, type: the latest sequence number.
    std::map<std::tuple<const sim::Host*, Ipv6Address, std::uint8_t>, std::uint16_t> latest_;
    std::set<std::tuple<const sim::Host*, Ipv6Address, std::uint8_t, std::uint16_t>> seen_;
    std::uint64_t shape_ = 0xCBF29CE484222325U;
    std::uint64_t turn_count_ = 0;
};

}  // namespace miredo::swarm
