// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "broker/protocol.hpp"

#include <algorithm>

namespace miredo::broker {

bool is_valid_interface_name(std::string_view name) {
    if (name.empty() || name.size() >= kInterfaceNameSize || name == "." || name == "..") {
        return false;
    }
    // The kernel has settings for all interfaces and for new ones under these names.
    if (name == "all" || name == "default") {
        return false;
    }
    return std::all_of(name.begin(), name.end(), [](char c) {
        return c > ' ' && c <= '~' && c != '/' && c != ':' && c != '%';
    });
}

}  // namespace miredo::broker
