// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// An input read piece by piece: each choice takes as few bytes as it needs, and an input that is
// used up gives zeros.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace miredo::fuzz {

class Input {
  public:
    explicit Input(Bytes bytes) : rest_{bytes} {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] std::uint8_t octet() {
        if (rest_.empty()) {
            return 0;
        }
        const auto value = std::to_integer<std::uint8_t>(rest_.front());
        rest_ = rest_.subspan(1);
        return value;
    }
    [[nodiscard]] std::uint16_t word() {
        const unsigned high = octet();
        return static_cast<std::uint16_t>(high << 8U | octet());
    }
    [[nodiscard]] std::uint32_t long_word() {
        const std::uint32_t high = word();
        return high << 16U | word();
    }
    [[nodiscard]] std::uint64_t quad() {
        const std::uint64_t high = long_word();
        return high << 32U | long_word();
    }
    [[nodiscard]] std::size_t below(std::size_t bound) { return octet() % bound; }
    template <typename T, std::size_t N>
    [[nodiscard]] const T& any_of(const std::array<T, N>& values) {
        return values[below(N)];
    }
    // At most `size` bytes.
    [[nodiscard]] Bytes take(std::size_t size) {
        const Bytes taken = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    [[nodiscard]] Bytes rest() const { return rest_; }

  private:
    Bytes rest_;
};

}  // namespace miredo::fuzz
