// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/virtio_header.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace miredo::io {
namespace {

constexpr std::size_t kFlags = 0;
constexpr std::size_t kGsoType = 1;
constexpr std::size_t kHeaderLength = 2;
constexpr std::size_t kGsoSize = 4;
constexpr std::size_t kChecksumStart = 6;
constexpr std::size_t kChecksumOffset = 8;

constexpr std::byte kNeedsChecksum{1};  // VIRTIO_NET_HDR_F_NEEDS_CSUM
constexpr std::byte kGsoNone{0};        // VIRTIO_NET_HDR_GSO_NONE and so on
constexpr std::byte kGsoTcp6{4};
constexpr std::byte kGsoUdpL4{5};
constexpr std::byte kGsoEcn{0x80};  // beside TCP: the first segment has CWR set

std::uint16_t load(std::span<const std::byte, kVirtioHeaderSize> header, std::size_t at) {
    std::uint16_t value = 0;
    std::memcpy(&value, header.data() + at, sizeof value);
    return value;
}

void store(std::span<std::byte, kVirtioHeaderSize> header, std::size_t at, std::uint16_t value) {
    std::memcpy(header.data() + at, &value, sizeof value);
}

std::optional<SegmentationKind> kind_of(std::byte gso_type) {
    if (gso_type == kGsoNone) {
        return SegmentationKind::kNone;
    }
    if ((gso_type & ~kGsoEcn) == kGsoTcp6) {
        return SegmentationKind::kTcp;
    }
    if (gso_type == kGsoUdpL4) {
        return SegmentationKind::kUdp;
    }
    return std::nullopt;
}

std::byte gso_type_of(SegmentationKind kind) {
    switch (kind) {
    case SegmentationKind::kTcp:
        return kGsoTcp6;
    case SegmentationKind::kUdp:
        return kGsoUdpL4;
    case SegmentationKind::kNone:
        break;
    }
    return kGsoNone;
}

}  // namespace

std::optional<Segmentation>
parse_virtio_header(std::span<const std::byte, kVirtioHeaderSize> header, std::size_t packet_size) {
    const std::optional<SegmentationKind> kind = kind_of(header[kGsoType]);
    if (!kind) {
        return std::nullopt;
    }
    Segmentation about;
    about.kind = *kind;
    about.header_size = load(header, kHeaderLength);
    about.needs_checksum = (header[kFlags] & kNeedsChecksum) != std::byte{0};
    if (about.needs_checksum) {
        about.checksum_start = load(header, kChecksumStart);
        about.checksum_offset = load(header, kChecksumOffset);
        if (std::size_t{about.checksum_start} + about.checksum_offset + 2 > packet_size) {
            return std::nullopt;
        }
    }
    if (*kind != SegmentationKind::kNone) {
        about.segment_size = load(header, kGsoSize);
        if (about.segment_size == 0 || !about.needs_checksum) {
            return std::nullopt;
        }
    }
    return about;
}

void write_virtio_header(std::span<std::byte, kVirtioHeaderSize> header,
                         const Segmentation& about) {
    std::fill(header.begin(), header.end(), std::byte{0});
    header[kGsoType] = gso_type_of(about.kind);
    if (about.kind != SegmentationKind::kNone) {
        store(header, kGsoSize, about.segment_size);
    }
    if (about.needs_checksum) {
        header[kFlags] = kNeedsChecksum;
        store(header, kHeaderLength, about.header_size);
        store(header, kChecksumStart, about.checksum_start);
        store(header, kChecksumOffset, about.checksum_offset);
    }
}

}  // namespace miredo::io
