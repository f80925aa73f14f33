// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// For programs that show that something allocates nothing: with allocation_count.cpp among their
// sources operator new counts.
#pragma once

#include <cstdint>

namespace miredo {

// How often operator new was called, ever.
[[nodiscard]] std::uint64_t allocation_count();

}  // namespace miredo
