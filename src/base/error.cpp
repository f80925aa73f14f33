// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "base/error.hpp"

#include <system_error>

namespace miredo {

std::string Error::to_string() const {
    std::string text;
    if (!where.empty()) {
        text += where + ": ";
    }
    text += what;
    if (error_number != 0) {
        text += ": " + std::generic_category().message(error_number);
    }
    if (!remedy.empty()) {
        text += ". " + remedy;
    }
    return text;
}

}  // namespace miredo
