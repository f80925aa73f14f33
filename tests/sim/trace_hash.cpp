// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/trace_hash.hpp"

#include <array>

#include "base/siphash.hpp"

namespace miredo::sim {
namespace {

std::uint64_t ticks(Instant at) {
    return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

std::uint64_t word(Endpoint endpoint) {
    return (std::uint64_t{endpoint.address.value()} << 16U) | endpoint.port;
}

template <typename Sent>
std::uint64_t verdict(const Sent& sent) {
    return (static_cast<std::uint64_t>(sent.fate) << 16U) |
           (static_cast<std::uint64_t>(sent.integrity) << 8U) | sent.copy;
}

// Each hash is the key of the next one: order matters.
template <std::size_t N>
std::uint64_t chain(std::uint64_t before, const std::array<std::uint64_t, N>& words, Bytes bytes) {
    std::array<std::byte, 8 * N> head{};
    for (std::size_t i = 0; i < N; ++i) {
        store_be64(MutableBytes{head}.subspan(8 * i), words[i]);
    }
    return siphash({before, siphash({before, bytes.size()}, head)}, bytes);
}

}  // namespace

void TraceHash::add(Instant now, const Transmission& datagram) {
    const std::array<std::uint64_t, 7> words{ticks(now),
                                             ticks(datagram.sent),
                                             datagram.number,
                                             word(datagram.source),
                                             word(datagram.external),
                                             word(datagram.destination),
                                             verdict(datagram)};
    value_ = chain(value_, words, datagram.bytes);
}

void TraceHash::add(Instant now, const NativeTransmission& packet) {
    const std::array<std::uint64_t, 4> words{
        ticks(now), ticks(packet.sent), packet.number, verdict(packet)};
    value_ = chain(value_, words, packet.bytes);
}

}  // namespace miredo::sim
