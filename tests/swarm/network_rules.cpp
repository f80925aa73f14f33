// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "swarm/network_rules.hpp"

#include <variant>

#include "wire/icmpv6.hpp"
#include "wire/ipv6.hpp"

namespace miredo::swarm {
namespace {

constexpr std::uint32_t kMostCaused = 255;
constexpr std::uint16_t kIdentifier = 0x2001;  // of Ipv6Stack's requests

void mix(std::uint64_t& hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 29U;
}

std::uint64_t word(Endpoint endpoint) {
    return (std::uint64_t{endpoint.address.value()} << 16U) | endpoint.port;
}

}  // namespace

void NetworkRules::note_turn(const sim::RoleTurn& turn, RoleKind kind, const std::string& who) {
    ++turn_count_;
    speaker_ = turn.host;
    speaker_kind_ = kind;
    speaker_name_ = who;
    cause_.reset();
    const bool is_caused = turn.input == sim::RoleInput::kDatagram ||
                           (turn.input == sim::RoleInput::kPacket && kind == RoleKind::kRelay);
    if (is_caused && delivered_) {
        cause_ = causes_[*delivered_];
    }
    delivered_.reset();
    if (kind == RoleKind::kClient) {
        check_delivered(turn, who);
    }
}

void NetworkRules::note_sent(Instant now, std::uint64_t number, const sim::Host* sender) {
    causes_.resize(number + 1);
    caused_.resize(number + 1);
    Cause& cause = causes_[number];
    const bool is_role = sender == speaker_;
    cause = {number, 0, is_role && speaker_kind_ == RoleKind::kServer};
    if (!is_role || !cause_) {
        return;
    }
    cause.root = cause_->root;
    cause.depth = cause_->depth + 1;
    if (++caused_[cause.root] > kMostCaused || cause.depth > kMostCaused) {
        judge_.fail(now, speaker_name_, "S6", "one packet causes more than 255");
    }
    if (cause.is_of_server && cause_->is_of_server) {
        judge_.fail(now, speaker_name_, "S6", "a server passes on what a server has passed on");
    }
}

void NetworkRules::on_sent(Instant now, const sim::Transmission& datagram) {
    note_sent(now, datagram.number, datagram.sender);
}

void NetworkRules::on_native_sent(Instant now, const sim::NativeTransmission& packet) {
    note_sent(now, packet.number, packet.sender);
}

void NetworkRules::on_end(Instant now,
                          const sim::Transmission& datagram,
                          const sim::Delivery* delivery) {
    mix(shape_, static_cast<std::uint64_t>((now - start_).count()));
    mix(shape_, word(datagram.external));
    mix(shape_, word(datagram.destination));
    mix(shape_, (datagram.bytes.size() << 8U) | static_cast<std::uint64_t>(datagram.fate));
    if (delivery != nullptr) {
        delivered_ = datagram.number;
        speaker_ = nullptr;
    }
}

void NetworkRules::on_native_end(Instant now,
                                 const sim::NativeTransmission& packet,
                                 const sim::Host* receiver) {
    mix(shape_, static_cast<std::uint64_t>((now - start_).count()));
    mix(shape_, (packet.bytes.size() << 8U) | static_cast<std::uint64_t>(packet.fate));
    if (receiver != nullptr) {
        delivered_ = packet.number;
        speaker_ = nullptr;
    }
}

// What the host's stack gets of others' echo requests and replies; each has a sequence number of
// its own.
void NetworkRules::check_delivered(const sim::RoleTurn& turn, const std::string& who) {
    if (!is_once_) {
        return;
    }
    for (const sim::RecordingOutput::Action& action : turn.actions) {
        const auto* const given = std::get_if<sim::RecordingOutput::ToIpv6>(&action);
        const auto packet = given != nullptr ? wire::Ipv6Packet::parse(given->bytes) : std::nullopt;
        const auto echo = packet ? wire::parse_echo(*packet) : std::nullopt;
        if (!echo || echo->identifier != kIdentifier) {
            continue;  // replies to connectivity tests too, which come late
        }
        const auto type = static_cast<std::uint8_t>(echo->type);
        if (!seen_.emplace(turn.host, packet->source(), type, echo->sequence).second) {
            judge_.fail(turn.now, who, "S10", "a packet that was sent once arrived twice");
        }
        std::uint16_t& latest = latest_[{turn.host, packet->source(), type}];
        if (is_in_order_ && echo->sequence < latest) {
            judge_.fail(turn.now, who, "S10", "packets of one peer arrived out of order");
        }
        latest = echo->sequence;
    }
}

}  // namespace miredo::swarm
