// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "vectors.hpp"

#include <fstream>
#include <stdexcept>

namespace miredo::wire {

const nlohmann::json& vectors() {
    static const nlohmann::json file = [] {
        std::ifstream stream{MIREDO_VECTORS};
        if (!stream) {
            throw std::runtime_error{"cannot read " MIREDO_VECTORS};
        }
        return nlohmann::json::parse(stream);
    }();
    return file;
}

Buffer packet_vector(const std::string& name) {
    const nlohmann::json& entry = vectors().at("pkt").at(name);
    Buffer bytes = from_hex(entry.at("hex").get<std::string>());
    if (bytes.size() != entry.at("len").get<std::size_t>()) {
        throw std::runtime_error{name + ": length and hex differ"};
    }
    return bytes;
}

std::vector<std::string> packet_vector_names() {
    std::vector<std::string> names;
    for (const auto& entry : vectors().at("pkt").items()) {
        names.push_back(entry.key());
    }
    return names;
}

std::uint16_t flags_of(const std::string& text) {
    return static_cast<std::uint16_t>(std::stoul(text, nullptr, 16));
}

}  // namespace miredo::wire
