// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Which known word a mistyped one is nearest to, for messages.
#pragma once

#include <span>
#include <string_view>

namespace miredo::config {

// By edit distance, ignoring case: at most a third of the word's length, at least two, but one for
// words below four letters; of several the first one. Empty: none is near enough.
[[nodiscard]] std::string_view nearest_word(std::string_view word,
                                            std::span<const std::string_view> known);

}  // namespace miredo::config
