// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// struct virtio_net_hdr (virtio 1.2 §5.1.6), as a tun device with IFF_VNET_HDR puts it in front of
// each packet: 10 bytes in the host's byte order. linux/virtio_net.h is no C++.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/segmentation.hpp"

namespace miredo::io {

constexpr std::size_t kVirtioHeaderSize = 10;

// nullopt where the header cannot be about `packet_size` bytes of IPv6: a kind of super-packet that
// was not asked for, one without size of its segments or without checksum to be done, or a checksum
// beyond the end.
[[nodiscard]] std::optional<Segmentation>
parse_virtio_header(std::span<const std::byte, kVirtioHeaderSize> header, std::size_t packet_size);

void write_virtio_header(std::span<std::byte, kVirtioHeaderSize> header, const Segmentation& about);

}  // namespace miredo::io
