// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a UDP socket lets the kernel do, and why it does not where it does not.
#pragma once

#include <cstddef>
#include <cstdint>

namespace miredo::io {

struct Offload {
    bool on = false;
    int error_number = 0;  // why it is off: errno; 0 where the options say so

    bool operator==(const Offload&) const = default;
};

struct UdpOffloads {
    Offload segments_sent;       // UDP_SEGMENT; may come back after a while
    Offload received_coalesced;  // UDP_GRO
    // Datagrams of this size and larger go one by one, because the kernel has lately refused to cut
    // them off a larger piece; 0 for none.
    std::size_t smallest_refused = 0;
    // Pieces that the kernel has refused to cut, so that the datagrams in them went one by one.
    std::uint64_t segmentation_fallbacks = 0;

    bool operator==(const UdpOffloads&) const = default;
};

}  // namespace miredo::io
