// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// HMAC (RFC 2104) with SHA-1, the algorithm that every client and server of secure qualification
// has in common (RFC 4380 §5.2.2). What is weak in SHA-1, collisions, is no weakness of its HMAC.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>

#include "base/bytes.hpp"

// libgcrypt's; its header stays in the source file.
struct gcry_md_handle;

namespace miredo::wire {

// Makes libgcrypt ready, without locked memory, which would need a privilege. A program calls it
// once, while it has one thread and no system call filter yet: the library looks at the system the
// first time. Called again, as each HmacSha1 does, it does nothing. False where the library is
// older than its header or does not work.
bool initialize_cryptography();

// Keyed once; after that no call allocates or asks the system for anything.
class HmacSha1 {
  public:
    static constexpr std::size_t kSize = 20;
    using Value = std::array<std::byte, kSize>;

    // `key` has at least one byte, and is copied. Where the library refuses it (no memory, or its
    // own rules about keys) no value is ever right.
    explicit HmacSha1(Bytes key);

    // Of the concatenation of `parts`.
    [[nodiscard]] Value compute(std::initializer_list<Bytes> parts);
    // In a time that does not depend on where `value` differs. False for one of another length.
    [[nodiscard]] bool verify(std::initializer_list<Bytes> parts, Bytes value);

  private:
    struct Close {
        void operator()(gcry_md_handle* handle) const;
    };

    std::unique_ptr<gcry_md_handle, Close> handle_;
};

}  // namespace miredo::wire
