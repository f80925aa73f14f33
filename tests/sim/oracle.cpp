// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The reasoning. M(X) is the mapping of X that its server saw and its Teredo address tells; m(X, d)
// the one for destination d. Each side sends direct bubbles to the other's M, and by way of the
// servers, which every NAT lets through, each side has the nonce of the other (RFC 6081 §5.2). So
// whichever bubble gets in is believed, and its source is where the other side sends from then on.
// Packets go both ways where two endpoints are consistent: what A sends to comes out of B's
// mapping for it, and the other way round.
//
// - Both have one mapping for all destinations: m(X, d) = M(X) everywhere. Each permits the other's
//   M by its own bubble to it, so no filter stands in the way. Must.
// - A has one mapping and B has not: B's come from m(B, M(A)), which is not M(B). A has sent to
// M(B),
//   and can't send to an endpoint that it has not heard of: its filters let B in where they don't
//   care, or care for the address and B's mappings share it. Then A answers to m(B, M(A)), made
//   for M(A) and open to it, from M(A): consistent. What gets in at B before does not help: B's
//   answers meet the same filters.
// - Neither has, and both have one for each endpoint: consistent would be a = m(A, b) and b = m(B,
// a)
//   where a is made by sending to b, which B makes by sending to a: neither can be first. What
//   was made first, M, is consistent with the server alone. Must not.
// - Neither has, and one of them has one for each address: once two endpoints have been heard,
// later
//   ones with the same address change nothing for that side, and a consistent pair exists. To
//   get there takes bubbles after the first success, which RFC 6081 §5.2 does not ask for
//   (its §3 counts the pair as impossible). May, if the first one gets in at all; else must not.
//
// NATs around each other: a mapping is as dependent as the most dependent of them, and all filters
// must let in. A filter that is not reached by one mapping for all destinations has seen nothing
// but what went to the mapping's own.
#include "sim/oracle.hpp"

#include <algorithm>
#include <vector>

namespace miredo::sim {
namespace {

// RFC 4380 §5.2.5: clients refresh every 30 s at the latest. A binding that lives no longer than
// that, answers and repeats included, may be gone when the peer makes use of it.
constexpr Duration kDependableTimeout = std::chrono::seconds{35};

struct Level {
    Filtering filtering;
    Mapping mapping;  // from the host up to here
};

// A host's NATs taken together.
struct Side {
    std::vector<Level> levels;  // innermost first
    Mapping mapping = Mapping::kEndpointIndependent;
    bool has_one_address = true;  // for all destinations
    bool is_dependable = true;
    const Nat* outermost = nullptr;
};

void add_around(Side& side, const NatBehaviour& behaviour) {
    side.mapping = std::max(side.mapping, behaviour.mapping);
    side.levels.push_back({behaviour.filtering, side.mapping});
    if (side.mapping == Mapping::kEndpointIndependent || behaviour.addresses == 1) {
        side.has_one_address = true;
    } else if (behaviour.pooling == Pooling::kArbitrary) {
        side.has_one_address = false;
    }
    side.is_dependable = side.is_dependable && behaviour.timeout >= kDependableTimeout;
}

Side side_of(const Nat* innermost) {
    Side side;
    for (const Nat* nat = innermost; nat != nullptr; nat = nat->outer()) {
        add_around(side, nat->behaviour());
        side.outermost = nat;
    }
    return side;
}

Side side_of(const std::optional<NatBehaviour>& behaviour) {
    Side side;
    if (behaviour) {
        add_around(side, *behaviour);
    }
    return side;
}

bool is_independent(const Side& side) {
    return side.mapping == Mapping::kEndpointIndependent;
}

// Whether a bubble of `from` to M(to) gets in, `to` having sent one to M(from).
Verdict gets_in(const Side& from, const Side& to) {
    Verdict verdict = Verdict::kMust;
    for (const Level& level : to.levels) {
        if (level.filtering == Filtering::kEndpointIndependent) {
            continue;
        }
        if (level.mapping != Mapping::kEndpointIndependent) {
            return Verdict::kMustNot;  // what `to` sent there went through another mapping
        }
        if (is_independent(from)) {
            continue;
        }
        if (level.filtering == Filtering::kAddressAndPortDependent) {
            return Verdict::kMustNot;
        }
        if (!from.has_one_address) {
            verdict = Verdict::kMay;  // any of the pool, also the right one
        }
    }
    return verdict;
}

Verdict direct_path(const Side& a, const Side& b) {
    if (is_independent(a) && is_independent(b)) {
        return Verdict::kMust;
    }
    if (is_independent(a)) {
        return gets_in(b, a);
    }
    if (is_independent(b)) {
        return gets_in(a, b);
    }
    const bool is_hopeless = a.mapping == Mapping::kAddressAndPortDependent &&
                             b.mapping == Mapping::kAddressAndPortDependent;
    return is_hopeless ? Verdict::kMustNot
                       : std::min(Verdict::kMay, std::max(gets_in(a, b), gets_in(b, a)));
}

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
    case Verdict::kMustNot:
        return "must-not";
    case Verdict::kMay:
        return "may";
    case Verdict::kMust:
        return "must";
    }
    return "?";
}

Verdict direct_path(const Nat* a, const Nat* b) {
    const Side one = side_of(a);
    const Side other = side_of(b);
    // RFC 4787 §6: M(B) is an address of the outermost NAT of both. A NAT that shows the internal
    // source shows a private one, which is no mapping.
    const bool needs_hairpin = one.outermost != nullptr && one.outermost == other.outermost;
    if (needs_hairpin && one.outermost->behaviour().hairpinning != Hairpinning::kYes) {
        return Verdict::kMustNot;
    }
    const Verdict verdict = direct_path(one, other);
    return one.is_dependable && other.is_dependable ? verdict : std::min(Verdict::kMay, verdict);
}

bool is_direct_path_possible(const std::optional<NatBehaviour>& a,
                             const std::optional<NatBehaviour>& b) {
    return direct_path(side_of(a), side_of(b)) == Verdict::kMust;
}

}  // namespace miredo::sim
