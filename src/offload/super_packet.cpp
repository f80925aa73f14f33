// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "offload/super_packet.hpp"

#include <algorithm>

#include "offload/headers.hpp"
#include "wire/checksum.hpp"
#include "wire/ipv6.hpp"

namespace miredo::offload {
namespace {

constexpr std::size_t kExtensionUnit = 8;  // RFC 8200 §4: their lengths are counted in these
constexpr std::size_t kMaximumExtensionBytes = 256;

// What a word adds to a one's complement sum when it is to be taken out of it.
constexpr std::uint32_t negated(std::uint16_t word) {
    return word ^ 0xFFFFU;
}

struct Transport {
    std::uint8_t protocol;
    std::size_t offset;
};

// The first header that is not one of the extension headers that every segment repeats.
Result<Transport, SuperPacketError> find_transport(Bytes packet) {
    std::uint8_t type = octet(packet, kNextHeaderOffset);
    std::size_t at = kIpv6HeaderSize;
    while (type == wire::kHopByHop || type == wire::kRouting || type == wire::kDestinationOptions) {
        if (packet.size() - at < kExtensionUnit) {
            return Failure{SuperPacketError::kBadExtensionHeaders};
        }
        const std::size_t size = (std::size_t{octet(packet, at + 1)} + 1) * kExtensionUnit;
        const std::size_t walked = at - kIpv6HeaderSize;
        if (size > packet.size() - at || walked + size > kMaximumExtensionBytes) {
            return Failure{SuperPacketError::kBadExtensionHeaders};
        }
        type = octet(packet, at);
        at += size;
    }
    if (type == wire::kFragment) {
        return Failure{SuperPacketError::kFragment};
    }
    return Transport{type, at};
}

// 0 where there is no such header at the start of `rest`.
std::size_t transport_header_size(bool is_tcp, Bytes rest) {
    if (!is_tcp) {
        return rest.size() >= udp::kSize ? udp::kSize : 0;
    }
    if (rest.size() < tcp::kMinimumSize) {
        return 0;
    }
    const std::size_t size = tcp::header_size(rest);
    return size >= tcp::kMinimumSize && size <= rest.size() ? size : 0;
}

}  // namespace

Result<SuperPacket::Layout, SuperPacketError>
SuperPacket::find_layout(Bytes packet, const Segmentation& segmentation) {
    const bool is_tcp = segmentation.kind == SegmentationKind::kTcp;
    const auto transport = find_transport(packet);
    if (!transport) {
        return Failure{transport.error()};
    }
    if (transport->protocol != (is_tcp ? kTcp : kUdp)) {
        return Failure{SuperPacketError::kWrongProtocol};
    }
    if (segmentation.needs_checksum) {
        if (segmentation.checksum_start != transport->offset) {
            return Failure{SuperPacketError::kChecksumStartMismatch};
        }
        if (segmentation.checksum_offset !=
            (is_tcp ? tcp::kChecksumOffset : udp::kChecksumOffset)) {
            return Failure{SuperPacketError::kChecksumOffsetMismatch};
        }
    }
    const std::size_t size = transport_header_size(is_tcp, packet.subspan(transport->offset));
    if (size == 0) {
        return Failure{SuperPacketError::kTruncatedHeader};
    }
    return Layout{transport->offset, transport->offset + size};
}

Result<SuperPacket, SuperPacketError> SuperPacket::parse(Bytes packet,
                                                         const Segmentation& segmentation) {
    if (segmentation.kind == SegmentationKind::kNone) {
        return Failure{SuperPacketError::kNotSeveral};
    }
    if (packet.size() < kIpv6HeaderSize || (octet(packet, 0) >> 4U) != 6) {
        return Failure{SuperPacketError::kNotIpv6};
    }
    if (load_be16(packet.subspan(kPayloadLengthOffset)) != packet.size() - kIpv6HeaderSize) {
        return Failure{SuperPacketError::kLengthMismatch};
    }
    if (segmentation.segment_size == 0) {
        return Failure{SuperPacketError::kZeroSegmentSize};
    }
    const auto layout = find_layout(packet, segmentation);
    if (!layout) {
        return Failure{layout.error()};
    }
    return SuperPacket{packet, segmentation, *layout};
}

SuperPacket::SuperPacket(Bytes packet, const Segmentation& segmentation, Layout layout)
    : packet_{packet},
      is_tcp_{segmentation.kind == SegmentationKind::kTcp},
      transport_{layout.transport},
      header_size_{layout.payload},
      segment_size_{segmentation.segment_size} {
    const std::size_t payload = packet.size() - header_size_;
    count_ = std::max<std::size_t>((payload + segment_size_ - 1) / segment_size_, 1);
    common_sum_ = sum_of_common(segmentation);
}

// The pseudo header without the length, and the transport header without what each segment has of
// its own: TCP's sequence number and the word of the flags, UDP's length, and the checksum.
std::uint32_t SuperPacket::sum_of_common(const Segmentation& segmentation) const {
    const Bytes header = packet_.subspan(transport_, header_size_ - transport_);
    const std::size_t checksum = is_tcp_ ? tcp::kChecksumOffset : udp::kChecksumOffset;
    std::uint32_t sum = 0;
    if (segmentation.needs_checksum) {
        // The host's own sum, with the length of all: behind a routing header or a home address
        // the addresses of the pseudo header are not those of the IPv6 header (RFC 8200 §8.1).
        sum = load_be16(header.subspan(checksum)) +
              negated(static_cast<std::uint16_t>(packet_.size() - transport_));
    } else {
        sum = wire::ones_complement_sum(packet_.subspan(kAddressesOffset, kAddressesSize),
                                        is_tcp_ ? kTcp : kUdp);
    }
    if (!is_tcp_) {
        return wire::ones_complement_sum(header.first(udp::kLengthOffset), sum);
    }
    sum = wire::ones_complement_sum(header.first(tcp::kSequenceOffset), sum);
    sum = wire::ones_complement_sum(
        header.subspan(tcp::kAcknowledgementOffset,
                       tcp::kDataOffsetOffset - tcp::kAcknowledgementOffset),
        sum);
    sum += load_be16(header.subspan(tcp::kWindowOffset));
    return wire::ones_complement_sum(header.subspan(tcp::kUrgentPointerOffset), sum);
}

Bytes SuperPacket::payload(std::size_t index) const {
    const std::size_t begin = header_size_ + index * segment_size_;
    return packet_.subspan(begin, std::min(segment_size_, packet_.size() - begin));
}

// TCP's data offset and flags in one word, as segment `index` has them.
std::uint16_t SuperPacket::control_of(std::size_t index) const {
    unsigned control = load_be16(packet_.subspan(transport_ + tcp::kDataOffsetOffset));
    if (index != 0) {
        control &= ~unsigned{tcp::kCwr};
    }
    if (index + 1 != count_) {
        control &= ~(unsigned{tcp::kFin} | unsigned{tcp::kPsh});
    }
    return static_cast<std::uint16_t>(control);
}

void SuperPacket::write_header(std::size_t index, MutableBytes to) const {
    const Bytes data = payload(index);
    std::copy_n(packet_.begin(), header_size_, to.begin());
    store_be16(to.subspan(kPayloadLengthOffset),
               static_cast<std::uint16_t>(header_size_ - kIpv6HeaderSize + data.size()));
    const MutableBytes header = to.subspan(transport_, header_size_ - transport_);
    const auto length = static_cast<std::uint16_t>(header.size() + data.size());
    std::uint32_t sum = common_sum_ + length;
    if (is_tcp_) {
        const std::uint32_t sequence =
            load_be32(packet_.subspan(transport_ + tcp::kSequenceOffset)) +
            static_cast<std::uint32_t>(index * segment_size_);
        const std::uint16_t control = control_of(index);
        store_be32(header.subspan(tcp::kSequenceOffset), sequence);
        store_be16(header.subspan(tcp::kDataOffsetOffset), control);
        sum += (sequence >> 16U) + (sequence & 0xFFFFU) + control;
    } else {
        store_be16(header.subspan(udp::kLengthOffset), length);
        sum += length;
    }
    const auto checksum = static_cast<std::uint16_t>(~wire::ones_complement_sum(data, sum));
    if (is_tcp_) {
        store_be16(header.subspan(tcp::kChecksumOffset), checksum);
    } else {
        store_be16(header.subspan(udp::kChecksumOffset), checksum == 0 ? 0xFFFF : checksum);
    }
}

bool complete_checksum(MutableBytes packet, const Segmentation& segmentation) {
    if (!segmentation.needs_checksum) {
        return true;
    }
    const std::size_t start = segmentation.checksum_start;
    const std::size_t at = start + segmentation.checksum_offset;
    if (at + sizeof(std::uint16_t) > packet.size()) {
        return false;
    }
    const auto checksum =
        static_cast<std::uint16_t>(~wire::ones_complement_sum(packet.subspan(start)));
    store_be16(packet.subspan(at), checksum == 0 ? 0xFFFF : checksum);
    return true;
}

}  // namespace miredo::offload
