// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/network.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "wire/ipv6.hpp"

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
    }
    return "?";
}

void Network::attach(Host& host, const std::vector<Ipv4Address>& addresses, Link link, Nat* nat) {
    attachments_.push_back({&host, addresses, link, nat});
}

void Network::route(const Ipv6Prefix& prefix, Host& host) {
    routes_.push_back({prefix, &host});
    std::stable_sort(routes_.begin(), routes_.end(), [](const Route& a, const Route& b) {
        return a.prefix.length > b.prefix.length;
    });
}

void Network::set_connected(const Host& host, bool is_connected) {
    attachment_of(host).is_connected = is_connected;
}

void Network::schedule(Duration after, EventQueue::Action action) {
    queue_.schedule(now() + after, std::move(action));
}

Network::Attachment& Network::attachment_of(const Host& host) {
    const auto found = std::find_if(attachments_.begin(),
                                    attachments_.end(),
                                    [&](const Attachment& a) { return a.host == &host; });
    if (found == attachments_.end()) {
        throw std::logic_error{"the host is not attached to the network"};
    }
    return *found;
}

Network::Attachment* Network::find(Ipv4Address address, const Nat* behind) {
    const auto found =
        std::find_if(attachments_.begin(), attachments_.end(), [&](const Attachment& a) {
            return a.nat == behind &&
                   std::find(a.addresses.begin(), a.addresses.end(), address) != a.addresses.end();
        });
    return found == attachments_.end() ? nullptr : &*found;
}

Network::Attachment* Network::find_behind(Ipv4Address external) {
    const auto found =
        std::find_if(attachments_.begin(), attachments_.end(), [&](const Attachment& a) {
            return a.nat != nullptr && a.nat->external() == external;
        });
    return found == attachments_.end() ? nullptr : &*found;
}

void Network::send(const Host& sender, Endpoint source, Endpoint to, Bytes bytes) {
    const Attachment& attachment = attachment_of(sender);
    const std::size_t index = transmissions_.size();
    transmissions_.push_back({&sender, now(), source, source, to, to_packet(bytes)});
    if (!attachment.is_connected) {
        transmissions_[index].fate = Fate::kDisconnected;
        return;
    }
    schedule(attachment.link.latency, [this, index] { cross_core(index); });
}

// The sender's NAT, the core, and the receiver's NAT: all at the same place and time.
void Network::cross_core(std::size_t index) {
    Transmission& datagram = transmissions_[index];
    Nat* const source_nat = attachment_of(*datagram.sender).nat;
    if (source_nat != nullptr) {
        datagram.external =
            source_nat->translate_outbound(now(), datagram.source, datagram.destination);
    }
    Endpoint to = datagram.destination;
    Attachment* target = find(to.address, nullptr);
    if (target == nullptr) {
        target = find_behind(to.address);
        if (target == nullptr) {
            datagram.fate = Fate::kNoRoute;
            return;
        }
        if (target->nat == source_nat) {
            datagram.fate = Fate::kHairpin;
            return;
        }
        const auto internal = target->nat->translate_inbound(now(), datagram.external, to);
        target = internal ? find(internal->address, target->nat) : nullptr;
        if (target == nullptr) {
            datagram.fate = Fate::kFiltered;
            return;
        }
        to = *internal;
    }
    schedule(target->link.latency,
             [this, index, host = target->host, to] { deliver(index, *host, to); });
}

void Network::deliver(std::size_t index, Host& host, Endpoint to) {
    Transmission& datagram = transmissions_[index];
    if (!attachment_of(host).is_connected) {
        datagram.fate = Fate::kDisconnected;
        return;
    }
    datagram.fate = Fate::kDelivered;
    // A copy: the host may send, and the list of transmissions grow.
    const UdpDatagram delivered{datagram.external, to, datagram.bytes};
    host.handle_datagram(now(), delivered);
}

void Network::send_ipv6(const Host& sender, Bytes packet) {
    native_transmissions_.push_back({&sender, now(), to_packet(packet)});
    const auto parsed = wire::Ipv6Packet::parse(packet);
    const Attachment& source = attachment_of(sender);
    if (!parsed || !source.is_connected) {
        return;
    }
    const auto found = std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) {
        return route.prefix.contains(parsed->destination());
    });
    if (found == routes_.end()) {
        return;
    }
    const Attachment& target = attachment_of(*found->host);
    schedule(source.link.latency + target.link.latency,
             [this, host = found->host, bytes = to_packet(packet)] {
                 if (attachment_of(*host).is_connected) {
                     host->handle_ipv6(now(), bytes);
                 }
             });
}

void Network::run_timeout(Attachment& attachment) {
    Host& host = *attachment.host;
    host.handle_timeout(now());
    const auto deadline = host.next_deadline();
    timeouts_in_place_ = deadline && *deadline <= now() ? timeouts_in_place_ + 1 : 0;
    if (timeouts_in_place_ == kTimeoutsInPlace) {
        throw std::logic_error{"a host's deadline does not move"};
    }
}

// One event or timeout at or before `limit`; false where there is none.
bool Network::step(Instant limit) {
    Attachment* earliest = nullptr;
    Instant deadline = Instant::max();
    for (Attachment& attachment : attachments_) {
        const auto wanted = attachment.host->next_deadline();
        if (wanted && *wanted < deadline) {
            deadline = *wanted;
            earliest = &attachment;
        }
    }
    const Instant event = queue_.next().value_or(Instant::max());
    if (std::min(event, deadline) > limit) {
        return false;
    }
    clock_.advance_to(std::max(now(), std::min(event, deadline)));
    if (event <= deadline) {
        queue_.run_next();
    } else {
        run_timeout(*earliest);
    }
    return true;
}

void Network::run_for(Duration duration) {
    const Instant limit = now() + duration;
    while (step(limit)) {}
    clock_.advance_to(limit);
}

bool Network::run_until(const std::function<bool()>& predicate, Duration limit) {
    const Instant end = now() + limit;
    while (!predicate()) {
        if (!step(end)) {
            clock_.advance_to(end);
            return predicate();
        }
    }
    return true;
}

}  // namespace miredo::sim
