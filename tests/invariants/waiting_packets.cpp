// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "invariants/waiting_packets.hpp"

#include <algorithm>
#include <cstring>

namespace miredo::invariants {
namespace {

// RFC 4443 §2.4 (c): an error is at most 1280 bytes, 48 of them headers.
constexpr std::size_t kQuoted = 1280 - 48;
// Far above what a role may keep: 256 KiB in packets of at least 40 bytes.
constexpr std::size_t kMaximum = 8192;

std::uint64_t hash(Bytes bytes) {
    std::uint64_t value = 0xCBF29CE484222325U;  // FNV-1a, but for its eight bytes at a time
    Bytes rest = bytes.first(std::min(bytes.size(), kQuoted));
    for (std::uint64_t word = 0; rest.size() >= sizeof word; rest = rest.subspan(sizeof word)) {
        std::memcpy(&word, rest.data(), sizeof word);
        value = (value ^ word) * 0x100000001B3U;
        value ^= value >> 32U;
    }
    for (const std::byte byte : rest) {
        value = (value ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001B3U;
    }
    return value;
}

}  // namespace

void WaitingPackets::add(const Ipv6Address& peer, Endpoint relay, Bytes packet) {
    if (entries_.size() == kMaximum) {
        entries_.pop_front();
    }
    entries_.push_back({peer, relay, packet.size(), hash(packet)});
}

bool WaitingPackets::take(const Ipv6Address& peer, Endpoint relay, Bytes packet) {
    const std::uint64_t wanted = hash(packet);
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.hash == wanted && entry.size == packet.size() && entry.peer == peer &&
               entry.relay == relay;
    });
    if (found == entries_.end()) {
        return false;
    }
    const auto last = found + 1;
    const auto kept = std::remove_if(entries_.begin(), last, [&](const Entry& entry) {
        return entry.peer == peer && entry.relay == relay;
    });
    entries_.erase(kept, last);
    return true;
}

bool WaitingPackets::has_quoted(Bytes quoted) const {
    const std::uint64_t wanted = hash(quoted);
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.hash == wanted && quoted.size() == std::min(entry.size, kQuoted);
    });
}

}  // namespace miredo::invariants
