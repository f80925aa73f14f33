// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Sizes in whole units.
#pragma once

#include <cstddef>

namespace miredo::io {

// The next whole number of `unit`, ≥ 1.
[[nodiscard]] constexpr std::size_t rounded_up(std::size_t size, std::size_t unit) {
    return (size + unit - 1) / unit * unit;
}

}  // namespace miredo::io
