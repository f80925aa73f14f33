// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A super-packet: several packets of one flow that a device hands over in one piece, and how it is
// cut into those it stands for. Nothing of the payload is copied: a segment is a header, written
// where the caller wants it, and a view of its payload in place.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/segmentation.hpp"

namespace miredo::offload {

enum class SuperPacketError : std::uint8_t {
    kNotSeveral,              // SegmentationKind::kNone: one packet
    kNotIpv6,                 // fewer than 40 bytes, or another version
    kLengthMismatch,          // the payload length is not what follows the IPv6 header
    kZeroSegmentSize,         // segments without payload: it would take infinitely many
    kFragment,                // a Fragment header: IPv6 cuts segments first, fragments after it
    kBadExtensionHeaders,     // truncated, or more than 256 bytes of them
    kWrongProtocol,           // another transport than the kind says, or none
    kTruncatedHeader,         // the transport header is impossible or goes beyond the packet
    kChecksumStartMismatch,   // `checksum_start` is not where the transport header is
    kChecksumOffsetMismatch,  // `checksum_offset` is not where that protocol has its checksum
};

class SuperPacket {
  public:
    // 40 of IPv6, 256 of extension headers, 60 of TCP: enough for write_header().
    static constexpr std::size_t kMaximumHeaderSize = 40 + 256 + 60;

    // Borrows `packet`: one whole IPv6 packet, with hop-by-hop options, destination options and
    // routing headers or none in front of the transport header. `segmentation.header_size` is not
    // looked at.
    [[nodiscard]] static Result<SuperPacket, SuperPacketError>
    parse(Bytes packet, const Segmentation& segmentation);

    // At least 1: there is a last segment, however short.
    [[nodiscard]] std::size_t count() const { return count_; }
    // Bytes of every segment's header: IPv6, extension headers, TCP or UDP.
    [[nodiscard]] std::size_t header_size() const { return header_size_; }
    // That of all, as it came: addresses are to be read there.
    [[nodiscard]] Bytes header() const { return packet_.first(header_size_); }

    // Of segment `index`, below count(): its payload, and its size with the header.
    [[nodiscard]] Bytes payload(std::size_t index) const;
    [[nodiscard]] std::size_t size(std::size_t index) const {
        return header_size_ + payload(index).size();
    }
    // Writes the header of segment `index` to the start of `to`, which must have room for
    // header_size() bytes. Lengths, TCP's sequence number and the checksum are the segment's own;
    // FIN and PSH are only the last one's, CWR only the first one's (RFC 3168 §6.1.2: the sender
    // sets it once); all else is the same in each.
    void write_header(std::size_t index, MutableBytes to) const;

  private:
    struct Layout {
        std::size_t transport;  // where the transport header begins
        std::size_t payload;    // where it ends
    };
    SuperPacket(Bytes packet, const Segmentation& segmentation, Layout layout);
    [[nodiscard]] static Result<Layout, SuperPacketError>
    find_layout(Bytes packet, const Segmentation& segmentation);
    [[nodiscard]] std::uint32_t sum_of_common(const Segmentation& segmentation) const;
    [[nodiscard]] std::uint16_t control_of(std::size_t index) const;

    Bytes packet_;
    bool is_tcp_;
    std::size_t transport_;
    std::size_t header_size_;
    std::size_t segment_size_;
    std::size_t count_;
    std::uint32_t common_sum_;  // of what is summed alike in all segments
};

// Puts the right checksum into one packet whose checksum the host left to the device, as
// `segmentation` says; a sum of 0 becomes 0xFFFF (RFC 8200 §8.1: 0 would say in UDP that there is
// none, and in TCP the two are the same number). Does nothing where `needs_checksum` is not set.
// False, and nothing changed, where that would be outside of the packet.
[[nodiscard]] bool complete_checksum(MutableBytes packet, const Segmentation& segmentation);

}  // namespace miredo::offload
