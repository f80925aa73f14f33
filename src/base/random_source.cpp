// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "base/random_source.hpp"

namespace miredo {

std::uint32_t RandomSource::uint32() {
    std::array<std::byte, sizeof(std::uint32_t)> bytes{};
    fill(bytes);
    return load_be32(bytes);
}

std::uint64_t RandomSource::uint64() {
    std::array<std::byte, sizeof(std::uint64_t)> bytes{};
    fill(bytes);
    return load_be64(bytes);
}

Duration RandomSource::uniform(Duration low, Duration high) {
    // Timer jitter: the bias of the remainder (span / 2^64) does not matter.
    const auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
    return low + Duration{static_cast<std::int64_t>(span == 0 ? 0 : uint64() % span)};
}

}  // namespace miredo
