// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A native IPv6 packet's way: the sender's link, and that of whoever its destination is routed to.
#include <algorithm>
#include <utility>

#include "sim/network.hpp"
#include "wire/ipv6.hpp"

namespace miredo::sim {

void Network::send_ipv6(const Host& sender, Bytes packet) {
    NativeFlight flight;
    flight.packet.sender = &sender;
    flight.packet.sent = now();
    flight.packet.bytes = to_packet(packet);
    flight.packet.number = sent_count_++;
    flight.from_attachment = index_of(sender);
    if (is_keeping_) {
        flight.kept = native_transmissions_.size();
        native_transmissions_.push_back(flight.packet);
    }
    for (Observer* observer : observers_) {
        observer->on_native_sent(now(), flight.packet);
    }
    const Attachment& source = attachments_[flight.from_attachment];
    if (!source.is_connected || source.is_suspended) {
        return end_native(flight, Fate::kDisconnected);
    }
    const auto parsed = wire::Ipv6Packet::parse(packet);
    const auto found = std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) {
        return parsed && route.prefix.contains(parsed->destination());
    });
    if (found == routes_.end()) {
        return end_native(flight, Fate::kNoRoute);
    }
    flight.to_attachment = found->attachment;
    pass_native(std::move(flight), Direction::kOutbound);
}

void Network::pass_native(NativeFlight flight, Direction direction) {
    const bool is_outbound = direction == Direction::kOutbound;
    Attachment& attachment =
        attachments_[is_outbound ? flight.from_attachment : flight.to_attachment];
    Line& line = is_outbound ? attachment.outbound : attachment.inbound;
    if (flight.packet.bytes.size() > attachment.link.mtu) {
        return end_native(flight, Fate::kTooBig);
    }
    const Passage passage =
        line.pass(is_outbound ? attachment.link.outbound : attachment.link.inbound);
    if (passage.is_lost || passage.is_detected) {
        return end_native(flight, passage.is_lost ? Fate::kLost : Fate::kCorrupted);
    }
    const auto arrive = [&](NativeFlight arriving, Duration delay) {
        queue_.schedule(now() + attachment.link.latency + delay,
                        [this, is_outbound, arriving = std::move(arriving)] {
                            is_outbound ? cross_native(arriving) : deliver_native(arriving);
                        });
    };
    if (passage.is_duplicated) {
        NativeFlight other = flight;
        other.kept = kNotKept;
        other.packet.copy |= static_cast<std::uint8_t>(direction);
        arrive(std::move(other), passage.duplicate_delay);
    }
    if (passage.is_corrupted) {
        line.corrupt(flight.packet.bytes);
        flight.packet.integrity = Integrity::kChecksumRight;
    }
    arrive(std::move(flight), passage.delay);
}

void Network::cross_native(NativeFlight flight) {
    for (Observer* observer : observers_) {
        observer->on_native_core(now(), flight.packet);
    }
    pass_native(std::move(flight), Direction::kInbound);
}

void Network::deliver_native(NativeFlight flight) {
    const Attachment& attachment = attachments_[flight.to_attachment];
    if (attachment.host == nullptr || !attachment.is_connected || attachment.is_suspended) {
        return end_native(flight, Fate::kDisconnected);
    }
    end_native(flight, Fate::kDelivered);
    attachment.host->handle_ipv6(now(), flight.packet.bytes);
    refresh_deadline(flight.to_attachment);
}

void Network::end_native(NativeFlight& flight, Fate fate) {
    flight.packet.fate = fate;
    if (flight.kept != kNotKept) {
        native_transmissions_[flight.kept].fate = fate;
        native_transmissions_[flight.kept].integrity = flight.packet.integrity;
    }
    trace_hash_.add(now(), flight.packet);
    const Host* const receiver =
        fate == Fate::kDelivered ? attachments_[flight.to_attachment].host : nullptr;
    for (Observer* observer : observers_) {
        observer->on_native_end(now(), flight.packet, receiver);
    }
}

}  // namespace miredo::sim
