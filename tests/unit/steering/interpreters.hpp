// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// What the kernel does with the two programs, as far as they use it: fast, and without privilege.
// An instruction that is not known here fails the test.
#pragma once

#include <cstdint>
#include <span>

#include <linux/bpf.h>
#include <linux/filter.h>

#include "base/bytes.hpp"

namespace miredo::test {

// `datagram` begins with its IPv4 header. What reads beyond it ends with 0.
[[nodiscard]] std::uint32_t run_classic(std::span<const sock_filter> program, Bytes datagram);
// `packet` begins with its IPv6 header. Likewise.
[[nodiscard]] std::uint32_t run_extended(std::span<const bpf_insn> program, Bytes packet);

}  // namespace miredo::test
