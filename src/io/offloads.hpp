// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a descriptor lets the kernel do, and why it does not where it does not: for whoever looks at
// the state of a running instance.
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

struct TunOffloads {
    bool header = false;  // packets have a virtio-net header in front: the device was made so
    // Super-packets of TCP over IPv6 and of UDP datagrams (USO; Linux 6.2), in both directions.
    Offload tcp;
    Offload udp;
    std::uint64_t malformed = 0;  // packets not handed over: their virtio-net header makes no sense
    std::uint64_t refused_super_packets = 0;  // handed back to the caller, not written

    bool operator==(const TunOffloads&) const = default;
};

}  // namespace miredo::io
