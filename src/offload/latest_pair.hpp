// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Most packets follow one between the same two addresses. What was decided about that one holds for
// them, too, as long as they differ in nothing that anybody who decides looks at.
#pragma once

#include "base/bytes.hpp"

namespace miredo::offload {

// The packet that was decided upon last, where it is of a kind that others can follow: IPv6 with
// TCP or UDP right behind the header, and nothing behind what its payload length tells (no
// extension headers, no ICMPv6, no fragments, no bubbles, no trailers).
class LatestPair {
  public:
    // Borrows `packet`; remembers nothing where none can follow it.
    void remember(Bytes packet);
    void forget() { packet_ = nullptr; }
    // Whether `packet` is of the same kind, from the same address, to the same address, with the
    // same protocol.
    [[nodiscard]] bool is_followed_by(Bytes packet) const;

  private:
    const std::byte* packet_ = nullptr;
};

}  // namespace miredo::offload
