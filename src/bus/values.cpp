// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/values.hpp"

#include <nlohmann/json.hpp>

namespace miredo::bus {

std::string valid_text(const std::string& text) {
    const std::string replaced =
        nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return nlohmann::json::parse(replaced).get<std::string>();
}

std::string offload_word(const daemon::OffloadStatus& offload) {
    if (offload.on) {
        return "on";
    }
    return offload.refusal.empty() ? "off" : "refused: " + offload.refusal;
}

std::string mode_word(teredo::RelayMode mode) {
    switch (mode) {
    case teredo::RelayMode::kCone:
        return "cone";
    case teredo::RelayMode::kRestricted:
        return "restricted";
    case teredo::RelayMode::kHostSpecific:
        return "host";
    }
    return {};
}

std::vector<std::string> texts(const std::vector<Ipv6Prefix>& prefixes) {
    std::vector<std::string> result;
    result.reserve(prefixes.size());
    for (const Ipv6Prefix& prefix : prefixes) {
        result.push_back(prefix.to_string());
    }
    return result;
}

}  // namespace miredo::bus
