// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Who is where, and time. network_datagrams.cpp and network_native.cpp carry.
#include "sim/network.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace miredo::sim {
namespace {

// A host that asks to be called again at once, this many times in a row, will never stop.
constexpr std::uint32_t kTimeoutsInPlace = 1000;

}  // namespace

std::string_view to_string(Fate fate) {
    switch (fate) {
    case Fate::kInTransit:
        return "in-transit";
    case Fate::kDelivered:
        return "delivered";
    case Fate::kFiltered:
        return "filtered";
    case Fate::kHairpin:
        return "hairpin";
    case Fate::kNoRoute:
        return "no-route";
    case Fate::kDisconnected:
        return "disconnected";
    case Fate::kLost:
        return "lost";
    case Fate::kCorrupted:
        return "corrupted";
    case Fate::kTooBig:
        return "too-big";
    case Fate::kNoBinding:
        return "no-binding";
    case Fate::kMulticast:
        return "multicast";
    }
    return "?";
}

std::size_t Network::PlaceHash::operator()(const Place& place) const {
    return std::hash<const Nat*>{}(place.inside) ^
           (std::size_t{place.address.value()} * 0x9E3779B97F4A7C15U);
}

void Network::attach(Host& host, const std::vector<Ipv4Address>& addresses, Link link, Nat* nat) {
    const std::size_t index = attachments_.size();
    if (!by_host_.emplace(&host, index).second) {
        throw std::logic_error{"the host is attached already"};
    }
    // Two sequences for each link, which no fault elsewhere shifts.
    const std::uint64_t seed = seed_ * 0x9E3779B97F4A7C15U + 2 * index;
    attachments_.push_back({&host, addresses, link, nat, Line{seed}, Line{seed + 1}});
    deadlines_.push_back(host.next_deadline().value_or(Instant::max()));
    for (const Ipv4Address address : addresses) {
        if (!owners_.emplace(Place{nat, address}, Owner{index, nullptr}).second) {
            throw std::logic_error{"the address is taken: " + address.to_string()};
        }
    }
    for (Nat* around = nat; around != nullptr; around = around->outer()) {
        add_nat(*around);
    }
}

void Network::add_nat(Nat& nat) {
    for (std::uint8_t i = 0; i < nat.behaviour().addresses; ++i) {
        const Ipv4Address address{nat.external().value() + i};
        const auto [entry, is_new] = owners_.emplace(Place{nat.outer(), address}, Owner{0, &nat});
        if (!is_new && entry->second.nat != &nat) {
            throw std::logic_error{"the address is taken: " + address.to_string()};
        }
    }
}

void Network::renumber(Nat& nat, Ipv4Address external) {
    for (std::uint8_t i = 0; i < nat.behaviour().addresses; ++i) {
        owners_.erase({nat.outer(), Ipv4Address{nat.external().value() + i}});
    }
    nat.renumber(external);
    add_nat(nat);
}

void Network::detach(const Host& host) {
    const std::size_t index = index_of(host);
    Attachment& attachment = attachments_[index];
    for (const Ipv4Address address : attachment.addresses) {
        owners_.erase({attachment.nat, address});
    }
    routes_.erase(std::remove_if(routes_.begin(),
                                 routes_.end(),
                                 [&](const Route& route) { return route.attachment == index; }),
                  routes_.end());
    attachment.host = nullptr;
    by_host_.erase(&host);
    refresh_deadline(index);
}

void Network::route(const Ipv6Prefix& prefix, Host& host) {
    routes_.push_back({prefix, index_of(host)});
    std::stable_sort(routes_.begin(), routes_.end(), [](const Route& a, const Route& b) {
        return a.prefix.length > b.prefix.length;
    });
}

void Network::set_connected(const Host& host, bool is_connected) {
    attachments_[index_of(host)].is_connected = is_connected;
}

void Network::set_suspended(const Host& host, bool is_suspended) {
    const std::size_t index = index_of(host);
    attachments_[index].is_suspended = is_suspended;
    refresh_deadline(index);
}

void Network::set_link(const Host& host, const Link& link) {
    attachments_[index_of(host)].link = link;
}

const Link& Network::link_of(const Host& host) const {
    return attachments_[index_of(host)].link;
}

Nat* Network::nat_of(const Host& host) const {
    return attachments_[index_of(host)].nat;
}

std::size_t Network::index_of(const Host& host) const {
    const auto found = by_host_.find(&host);
    if (found == by_host_.end()) {
        throw std::logic_error{"the host is not attached to the network"};
    }
    return found->second;
}

const Network::Owner* Network::owner_of(const Nat* inside, Ipv4Address address) const {
    const auto found = owners_.find({inside, address});
    return found == owners_.end() ? nullptr : &found->second;
}

// Whatever the action does, it may do to any host.
void Network::schedule(Duration after, EventQueue::Action action) {
    queue_.schedule(now() + after, [this, action = std::move(action)] {
        action();
        refresh_deadlines();
    });
}

void Network::schedule_for(const Host& host, Duration after, EventQueue::Action action) {
    schedule(after, [this, index = index_of(host), action = std::move(action)] {
        if (attachments_[index].host != nullptr) {
            action();
        }
    });
}

void Network::wake(const Host& host) {
    refresh_deadline(index_of(host));
}

void Network::refresh_deadline(std::size_t index) {
    const Attachment& attachment = attachments_[index];
    const bool is_awake = attachment.host != nullptr && !attachment.is_suspended;
    deadlines_[index] =
        is_awake ? attachment.host->next_deadline().value_or(Instant::max()) : Instant::max();
}

void Network::refresh_deadlines() {
    for (std::size_t index = 0; index < attachments_.size(); ++index) {
        refresh_deadline(index);
    }
}

void Network::run_timeout(std::size_t index) {
    attachments_[index].host->handle_timeout(now());
    refresh_deadline(index);
    timeouts_in_place_ = deadlines_[index] <= now() ? timeouts_in_place_ + 1 : 0;
    if (timeouts_in_place_ == kTimeoutsInPlace) {
        throw std::logic_error{"a host's deadline does not move"};
    }
}

// One event or timeout at or before `limit`; false where there is none.
bool Network::step(Instant limit) {
    const auto earliest = std::min_element(deadlines_.begin(), deadlines_.end());
    const Instant deadline = earliest == deadlines_.end() ? Instant::max() : *earliest;
    const Instant event = queue_.next().value_or(Instant::max());
    if (std::min(event, deadline) > limit) {
        return false;
    }
    clock_.advance_to(std::max(now(), std::min(event, deadline)));
    if (event <= deadline) {
        queue_.run_next();
    } else {
        run_timeout(static_cast<std::size_t>(earliest - deadlines_.begin()));
    }
    return true;
}

void Network::run_for(Duration duration) {
    const Instant limit = now() + duration;
    refresh_deadlines();
    while (step(limit)) {}
    clock_.advance_to(limit);
}

bool Network::run_until(const std::function<bool()>& predicate, Duration limit) {
    const Instant end = now() + limit;
    refresh_deadlines();
    while (!predicate()) {
        if (!step(end)) {
            clock_.advance_to(end);
            return predicate();
        }
    }
    return true;
}

}  // namespace miredo::sim
