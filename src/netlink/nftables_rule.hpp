// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Reading nf_tables messages: inside this room only. A rule is a list of expressions that load
// registers and compare them. Here the registers hold what they would hold for a packet of one
// interface, as far as they come from that interface, and the comparisons are tried with it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "base/bytes.hpp"
#include "netlink/values.hpp"

struct nlmsghdr;

namespace miredo::netlink {

// A property of the interface as it stands in a register.
struct RegisterValue {
    std::array<std::byte, 16> storage{};
    std::size_t size = 0;

    [[nodiscard]] Bytes bytes() const { return Bytes{storage}.first(size); }
};

// A set or map that a rule looks `value` up in, or a longer key that has `value` at `offset`.
struct SetLookup {
    std::uint8_t family = 0;
    std::string table;
    std::string set;
    std::size_t offset = 0;  // bytes
    RegisterValue value;

    // In any order, for a std::set.
    friend bool operator<(const SetLookup& a, const SetLookup& b) {
        return std::tie(a.family, a.table, a.set, a.offset, a.value.size, a.value.storage) <
               std::tie(b.family, b.table, b.set, b.offset, b.value.size, b.value.storage);
    }
};

struct RuleReading {
    bool mentions = false;           // without any set
    std::vector<SetLookup> lookups;  // to be searched
};

// Of one NFT_MSG_NEWRULE; a message of another kind, or one that is not understood, says nothing.
[[nodiscard]] RuleReading read_rule(const nlmsghdr& message, const Link& link);

// Whether the elements of a set, as NFT_MSG_NEWSETELEM tells them in any order, hold the value.
class ElementSearch {
  public:
    explicit ElementSearch(const SetLookup& lookup) : lookup_{lookup} {}

    // One message. True as soon as the value is found for sure.
    [[nodiscard]] bool take(const nlmsghdr& message);
    // After the last one.
    [[nodiscard]] bool found() const { return has_intervals_ && has_nearest_ && !nearest_is_end_; }

  private:
    [[nodiscard]] bool take_key(Bytes key, Bytes key_end, bool is_end);

    const SetLookup& lookup_;
    // Sets of intervals have elements that begin one and elements that end one. Which kind is the
    // last at or below the value?
    RegisterValue nearest_;
    bool has_nearest_ = false;
    bool nearest_is_end_ = false;
    bool has_intervals_ = false;
};

}  // namespace miredo::netlink
