// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// JSON as it comes over the bus: read without trust, and never with an exception. What isn't there,
// is null or of another type is simply absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "ctl/outcome.hpp"

namespace miredo::ctl {

// Keeps the order of the members.
using Json = nlohmann::ordered_json;

// The member of that name; null where there is none.
[[nodiscard]] const Json& member(const Json& object, std::string_view name);
// Printable, see style.hpp; empty counts as absent.
[[nodiscard]] std::optional<std::string> text(const Json& object, std::string_view name);
// text(), or the fallback where it is absent.
[[nodiscard]] std::string
text_or(const Json& object, std::string_view name, std::string_view fallback = "-");
// Neither negative nor a fraction.
[[nodiscard]] std::optional<std::uint64_t> number(const Json& object, std::string_view name);
// Of {"address", "port"}: "192.0.2.1:3544".
[[nodiscard]] std::optional<std::string> endpoint(const Json& object, std::string_view name);

// A document of schema `name`/1; members may have been added since. Anything else is a kFailure.
[[nodiscard]] Outcome<Json> parse_document(std::string_view text, std::string_view name);

// The Describe() document's instance of that name; all of them where it is empty. None of that name
// is a usage error which says what there is.
[[nodiscard]] Outcome<Json> find_instances(const Json& document, std::string_view name);

}  // namespace miredo::ctl
