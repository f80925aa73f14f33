// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/datagram_ring.hpp"

#include <cstring>

#include "io/rounding.hpp"

namespace miredo::io {

DatagramRing::DatagramRing() : memory_{std::make_unique_for_overwrite<std::byte[]>(kCapacity)} {}

bool DatagramRing::try_push(Endpoint from, Bytes datagram) {
    const std::size_t needed = rounded_up(sizeof(Record) + datagram.size(), kAlignment);
    const std::uint64_t start = written_.load(std::memory_order_relaxed);
    const std::size_t to_end = kCapacity - start % kCapacity;
    const std::size_t skipped = needed <= to_end ? 0 : to_end;
    const std::uint64_t end = start + skipped + needed;
    if (end - seen_released_ > kCapacity) {
        seen_released_ = released_.load(std::memory_order_acquire);
        if (end - seen_released_ > kCapacity) {
            return false;
        }
    }
    if (skipped > 0) {
        const Record skip{kSkip, 0, 0};
        std::memcpy(at(start), &skip, sizeof skip);
    }
    const Record record{
        static_cast<std::uint32_t>(datagram.size()), from.address.value(), from.port};
    std::byte* const to = at(start + skipped);
    std::memcpy(to, &record, sizeof record);
    if (!datagram.empty()) {
        std::memcpy(to + sizeof record, datagram.data(), datagram.size());
    }
    written_.store(end, std::memory_order_release);
    return true;
}

std::optional<DatagramRing::Item> DatagramRing::next() {
    const std::uint64_t written = written_.load(std::memory_order_acquire);
    if (read_ == written) {
        return std::nullopt;
    }
    Record record;
    std::memcpy(&record, at(read_), sizeof record);
    if (record.size == kSkip) {
        // What was skipped for is written before either can be seen.
        read_ += kCapacity - read_ % kCapacity;
        std::memcpy(&record, at(read_), sizeof record);
    }
    const Bytes bytes{at(read_) + sizeof record, record.size};
    read_ += rounded_up(sizeof record + record.size, kAlignment);
    return Item{{Ipv4Address{record.address}, static_cast<std::uint16_t>(record.port)}, bytes};
}

void DatagramRing::release() {
    released_.store(read_, std::memory_order_release);
}

}  // namespace miredo::io
