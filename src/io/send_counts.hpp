// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What became of the packets of a batch. No error of a send may stop anything: the kernel's reasons
// are hints (a filter, a missing route, an ICMP error somewhere), counted by class.
#pragma once

#include <cstdint>

namespace miredo::io {

struct SendCounts {
    std::uint64_t sent = 0;
    std::uint64_t bytes = 0;        // of those sent, payload only
    std::uint64_t no_buffer = 0;    // EAGAIN, ENOBUFS, ENOMEM: dropped, later ones may pass
    std::uint64_t unreachable = 0;  // ENETUNREACH, EHOSTUNREACH, ECONNREFUSED, ENETDOWN, …
    std::uint64_t forbidden = 0;    // EPERM, EACCES: packet filter, prohibit route, broadcast
    std::uint64_t too_big = 0;      // EMSGSIZE
    std::uint64_t refused = 0;      // everything else, EINVAL (blackhole route) first of all
    int last_error = 0;             // errno of the last one that was not sent, 0 for none

    [[nodiscard]] std::uint64_t not_sent() const {
        return no_buffer + unreachable + forbidden + too_big + refused;
    }
    // Counts packets that were not sent.
    void count_error(int error_number, std::uint64_t packets = 1);
    SendCounts& operator+=(const SendCounts& other);
};

}  // namespace miredo::io
