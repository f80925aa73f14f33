// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The daemon's values in D-Bus' types. Text that is absent is the empty string there, a number 0.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sdbus-c++/sdbus-c++.h>

#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "daemon/instance_status.hpp"

namespace miredo::bus {

using EndpointValue = sdbus::Struct<std::string, std::uint16_t>;

// What D-Bus and JSON refuse in a string is replaced by U+FFFD: the names of files, and with them
// diagnostics, may hold anything.
[[nodiscard]] std::string valid_text(const std::string& text);

template <typename T>
[[nodiscard]] std::string text_or_empty(const std::optional<T>& value) {
    return value ? value->to_string() : std::string{};
}

[[nodiscard]] inline EndpointValue endpoint_value(const std::optional<Endpoint>& endpoint) {
    return endpoint ? EndpointValue{endpoint->address.to_string(), endpoint->port}
                    : EndpointValue{std::string{}, std::uint16_t{0}};
}

[[nodiscard]] inline std::uint64_t microseconds(Duration duration) {
    const auto count = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

// "on", "off" or "refused: Operation not supported".
[[nodiscard]] std::string offload_word(const daemon::OffloadStatus& offload);
// "cone", "restricted" or "host".
[[nodiscard]] std::string mode_word(teredo::RelayMode mode);
[[nodiscard]] std::vector<std::string> texts(const std::vector<Ipv6Prefix>& prefixes);

}  // namespace miredo::bus
