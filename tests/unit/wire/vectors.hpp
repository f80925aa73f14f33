// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// vectors.json: addresses and packets of the protocol as bytes, many of them seen on the wire.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "packets.hpp"

namespace miredo::wire {

// The whole file, read once.
[[nodiscard]] const nlohmann::json& vectors();

// A packet of the section `pkt`, which must be there with the length that it states.
[[nodiscard]] Buffer packet_vector(const std::string& name);
[[nodiscard]] std::vector<std::string> packet_vector_names();

// "0x28bc" as a number.
[[nodiscard]] std::uint16_t flags_of(const std::string& text);

}  // namespace miredo::wire
