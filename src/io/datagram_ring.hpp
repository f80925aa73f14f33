// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Datagrams from one thread to one other, in order, through bounded memory and without a lock. It
// never blocks and, once made, never allocates; its memory is taken from the system as it is used.
// How the other thread learns that there is something is the user's affair.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"

namespace miredo::io {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): each thread has a cache line
class DatagramRing {
  public:
    // Some 200 datagrams of 1280 bytes; at the least three of the largest that UDP can carry.
    static constexpr std::size_t kCapacity = std::size_t{256} * 1024;

    DatagramRing();

    // From the writing thread: copies the datagram. False, and nothing changes, where there is no
    // room.
    [[nodiscard]] bool try_push(Endpoint from, Bytes datagram);

    struct Item {
        Endpoint from;
        Bytes bytes;
    };
    // From the reading thread: the next one, in order; nothing where there is none. The bytes stay
    // as they are, and in the way of new ones, until release().
    [[nodiscard]] std::optional<Item> next();
    void release();

  private:
    struct Record {
        std::uint32_t size = 0;  // of the datagram, which follows
        std::uint32_t address = 0;
        std::uint32_t port = 0;
    };
    // Where a record would not fit before the end of the memory, it begins at the start.
    static constexpr std::uint32_t kSkip = UINT32_MAX;
    static constexpr std::size_t kAlignment = 16;
    static constexpr std::size_t kCacheLine = 64;
    static_assert(sizeof(Record) <= kAlignment && kCapacity % kAlignment == 0);

    [[nodiscard]] std::byte* at(std::uint64_t position) {
        return memory_.get() + position % kCapacity;
    }

    std::unique_ptr<std::byte[]> memory_;  // NOLINT(modernize-avoid-c-arrays): not initialised
    // Positions count octets ever; each is changed by one thread alone, on a cache line of its own.
    alignas(kCacheLine) std::atomic<std::uint64_t> written_{0};
    std::uint64_t seen_released_ = 0;  // the writer's
    alignas(kCacheLine) std::atomic<std::uint64_t> released_{0};
    std::uint64_t read_ = 0;  // the reader's: up to here is given away
};

}  // namespace miredo::io
