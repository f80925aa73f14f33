// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// The texts of a Reply, to and from Error: inside this room only.
#pragma once

#include "base/error.hpp"
#include "broker/protocol.hpp"

namespace miredo::broker {

// Makes `reply` say that the request failed; long texts are cut.
void put_error(const Error& error, Reply& reply);
[[nodiscard]] Error get_error(const Reply& reply);

// Up to the first zero, or all of it.
template <std::size_t Size>
[[nodiscard]] std::string get_text(const std::array<char, Size>& field) {
    const std::string_view all{field.data(), field.size()};
    return std::string{all.substr(0, all.find('\0'))};
}
// Cuts `text` where it is too long for the field and its final zero.
template <std::size_t Size>
void put_text(std::string_view text, std::array<char, Size>& field) {
    field.fill('\0');
    text.substr(0, Size - 1).copy(field.data(), Size - 1);
}

}  // namespace miredo::broker
