// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What stands beside a packet that a device with offloads hands over or takes: whether it is one
// packet or several in one piece (a super-packet), and what of its checksum is still to be done.
// The meaning is that of struct virtio_net_hdr (virtio 1.2 §5.1.6); numbers are in host byte order.
#pragma once

#include <cstdint>

namespace miredo {

enum class SegmentationKind : std::uint8_t {
    kNone,  // one packet
    kTcp,   // VIRTIO_NET_HDR_GSO_TCPV6, with or without VIRTIO_NET_HDR_GSO_ECN
    kUdp,   // VIRTIO_NET_HDR_GSO_UDP_L4: datagrams, not the fragments of one
};

struct Segmentation {
    SegmentationKind kind = SegmentationKind::kNone;
    // VIRTIO_NET_HDR_F_NEEDS_CSUM: the checksum field holds the folded sum of the pseudo header,
    // not inverted; who wants the packet on a wire sums from `checksum_start` to the end and stores
    // the inverse there.
    bool needs_checksum = false;
    // Bytes behind the transport header in every segment but the last, which may have fewer.
    // 0 with kNone.
    std::uint16_t segment_size = 0;
    // A hint how many bytes the headers take, up to the payload; nobody may trust it.
    std::uint16_t header_size = 0;
    // Where the transport header begins, from the start of the IPv6 header, and where its checksum
    // field is from there: 16 in TCP, 6 in UDP.
    std::uint16_t checksum_start = 0;
    std::uint16_t checksum_offset = 0;

    bool operator==(const Segmentation&) const = default;
};

}  // namespace miredo
