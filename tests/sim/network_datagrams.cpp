// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A datagram's way: the sender's link, the sender's NATs, the core, the receiver's NATs, the
// receiver's link. NATs and core are at the same place and time.
#include "sim/network.hpp"

namespace miredo::sim {
namespace {

constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kUdpHeaderSize = 8;
constexpr std::size_t kLargestPacket = 65535;
constexpr std::size_t kFragmentUnit = 8;  // RFC 791 §2.3

bool is_multicast(Ipv4Address address) {
    return (address.value() >> 28U) == 0xEU;
}

// Into how many fragments `link` cuts a datagram; 0 where it drops it.
std::uint32_t fragments_of(std::size_t payload, const Link& link) {
    const std::size_t size = kUdpHeaderSize + payload;
    if (kIpv4HeaderSize + size <= link.mtu) {
        return 1;
    }
    if (link.too_big == TooBig::kDrop || kIpv4HeaderSize + size > kLargestPacket) {
        return 0;
    }
    const std::size_t room = (link.mtu - kIpv4HeaderSize) / kFragmentUnit * kFragmentUnit;
    return static_cast<std::uint32_t>((size + room - 1) / room);
}

}  // namespace

std::size_t Network::take_slot() {
    if (free_slots_.empty()) {
        free_slots_.push_back(flights_.size());
        flights_.emplace_back();
    }
    const std::size_t slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
}

void Network::send(const Host& sender, Endpoint source, Endpoint to, Bytes bytes) {
    const std::size_t index = index_of(sender);
    const std::size_t slot = take_slot();
    Flight& flight = flights_[slot];
    Transmission& datagram = flight.datagram;
    datagram.sender = &sender;
    datagram.sent = now();
    datagram.source = source;
    datagram.external = source;
    datagram.destination = to;
    datagram.bytes.assign(bytes.begin(), bytes.end());
    datagram.fate = Fate::kInTransit;
    datagram.number = sent_count_++;
    datagram.copy = 0;
    datagram.integrity = Integrity::kIntact;
    flight.from_attachment = index;
    flight.kept = kNotKept;
    if (is_keeping_) {
        flight.kept = transmissions_.size();
        transmissions_.push_back(datagram);
    }
    for (Observer* observer : observers_) {
        observer->on_sent(now(), datagram);
    }
    const Attachment& attachment = attachments_[index];
    if (!attachment.is_connected || attachment.is_suspended) {
        return end(slot, Fate::kDisconnected);
    }
    pass(slot, index, Direction::kOutbound);
}

// One link: what it does to the datagram and its duplicate, and what comes after it.
void Network::pass(std::size_t slot, std::size_t attachment_index, Direction direction) {
    Attachment& attachment = attachments_[attachment_index];
    const bool is_outbound = direction == Direction::kOutbound;
    const Impairment& impairment = is_outbound ? attachment.link.outbound : attachment.link.inbound;
    Line& line = is_outbound ? attachment.outbound : attachment.inbound;
    Flight& flight = flights_[slot];
    const std::uint32_t fragments = fragments_of(flight.datagram.bytes.size(), attachment.link);
    if (fragments == 0) {
        return end(slot, Fate::kTooBig);
    }
    const Passage passage = line.pass(impairment, fragments);
    if (passage.is_lost) {
        return end(slot, Fate::kLost);
    }
    const auto arrive = [&](std::size_t arriving, Duration delay) {
        queue_.schedule(now() + attachment.link.latency + delay,
                        is_outbound ? EventQueue::Action{[this, arriving] { cross(arriving); }}
                                    : EventQueue::Action{[this, arriving] { deliver(arriving); }});
    };
    if (passage.is_duplicated) {
        const std::size_t other = take_slot();
        flights_[other] = flight;
        flights_[other].kept = kNotKept;
        flights_[other].datagram.copy |= static_cast<std::uint8_t>(direction);
        arrive(other, passage.duplicate_delay);
    }
    if (passage.is_corrupted && !flight.datagram.bytes.empty()) {
        line.corrupt(flight.datagram.bytes);
        flight.datagram.integrity =
            passage.is_detected || flight.datagram.integrity == Integrity::kChecksumWrong
                ? Integrity::kChecksumWrong
                : Integrity::kChecksumRight;
    }
    arrive(slot, passage.delay);
}

void Network::cross(std::size_t slot) {
    Flight& flight = flights_[slot];
    if (is_multicast(flight.datagram.destination.address)) {
        return spread(slot);
    }
    const Fate fate = climb(flight);
    if (flight.kept != kNotKept) {
        transmissions_[flight.kept].external = flight.datagram.external;
    }
    if (fate != Fate::kInTransit) {
        return end(slot, fate);
    }
    pass(slot, flight.to_attachment, Direction::kInbound);
}

// The hosts of the core are on links of their own.
void Network::spread(std::size_t slot) {
    const std::size_t sender = flights_[slot].from_attachment;
    const Nat* const inside = attachments_[sender].nat;
    for (std::size_t i = 0; inside != nullptr && i < attachments_.size(); ++i) {
        if (i == sender || attachments_[i].host == nullptr || attachments_[i].nat != inside) {
            continue;
        }
        const std::size_t other = take_slot();
        Flight& copy = flights_[other];
        copy = flights_[slot];
        copy.kept = kNotKept;
        copy.datagram.copy |= kMulticastCopy;
        copy.from = copy.datagram.source;
        copy.to = copy.datagram.destination;
        copy.to_attachment = i;
        pass(other, i, Direction::kInbound);
    }
    end(slot, Fate::kMulticast);
}

// Outwards, from the sender's own network, until somebody there has the address.
Fate Network::climb(Flight& flight) {
    Transmission& datagram = flight.datagram;
    flight.to = datagram.destination;
    flight.from = datagram.source;
    Nat* inside = attachments_[flight.from_attachment].nat;
    while (inside != nullptr && owner_of(inside, flight.to.address) == nullptr) {
        const Endpoint internal = flight.from;
        const auto external = inside->translate_outbound(now(), internal, flight.to);
        if (!external) {
            return Fate::kNoBinding;
        }
        datagram.external = *external;
        flight.from = *external;
        if (inside->is_external(flight.to.address)) {
            return hairpin(*inside, internal, flight);
        }
        inside = inside->outer();
    }
    if (inside == nullptr) {
        for (Observer* observer : observers_) {
            observer->on_core(now(), datagram);
        }
    }
    return descend(inside, flight);
}

// RFC 4787 §6: from the inside of `nat` to its outside and back. Who may come in is judged by the
// external endpoint, whatever the receiver sees.
Fate Network::hairpin(Nat& nat, Endpoint internal, Flight& flight) {
    const Hairpinning hairpinning = nat.behaviour().hairpinning;
    if (hairpinning == Hairpinning::kNo) {
        return Fate::kHairpin;
    }
    const auto to = nat.translate_inbound(now(), flight.from, flight.to);
    if (!to) {
        return Fate::kFiltered;
    }
    flight.to = *to;
    if (hairpinning == Hairpinning::kInternalSource) {
        flight.from = internal;
    }
    return descend(&nat, flight);
}

// Inwards, until the address is a host's.
Fate Network::descend(const Nat* inside, Flight& flight) {
    for (;;) {
        const Owner* const owner = owner_of(inside, flight.to.address);
        if (owner == nullptr) {
            return Fate::kNoRoute;
        }
        if (owner->nat == nullptr) {
            flight.to_attachment = owner->attachment;
            return Fate::kInTransit;
        }
        const auto internal = owner->nat->translate_inbound(now(), flight.from, flight.to);
        if (!internal) {
            return Fate::kFiltered;
        }
        flight.to = *internal;
        inside = owner->nat;
    }
}

void Network::deliver(std::size_t slot) {
    const std::size_t index = flights_[slot].to_attachment;
    const Attachment& attachment = attachments_[index];
    if (attachment.host == nullptr || !attachment.is_connected || attachment.is_suspended) {
        return end(slot, Fate::kDisconnected);
    }
    if (flights_[slot].datagram.integrity == Integrity::kChecksumWrong) {
        return end(slot, Fate::kCorrupted);
    }
    // Taken out: the slot is free for what the host sends.
    UdpDatagram delivered{flights_[slot].from, flights_[slot].to, {}};
    end(slot, Fate::kDelivered);
    delivered.bytes.swap(flights_[slot].datagram.bytes);
    attachment.host->handle_datagram(now(), delivered);
    refresh_deadline(index);
}

void Network::end(std::size_t slot, Fate fate) {
    Flight& flight = flights_[slot];
    flight.datagram.fate = fate;
    if (flight.kept != kNotKept) {
        transmissions_[flight.kept].fate = fate;
        transmissions_[flight.kept].integrity = flight.datagram.integrity;
    }
    trace_hash_.add(now(), flight.datagram);
    const bool is_delivered = fate == Fate::kDelivered;
    const Delivery delivery{
        is_delivered ? attachments_[flight.to_attachment].host : nullptr, flight.from, flight.to};
    for (Observer* observer : observers_) {
        observer->on_end(now(), flight.datagram, is_delivered ? &delivery : nullptr);
    }
    free_slots_.push_back(slot);
}

}  // namespace miredo::sim
