// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/json.hpp"

#include <vector>

#include <fmt/format.h>

#include "ctl/style.hpp"
#include "ctl/words.hpp"

namespace miredo::ctl {

const Json& member(const Json& object, std::string_view name) {
    static const Json null;
    if (!object.is_object()) {
        return null;
    }
    const auto found = object.find(std::string{name});
    return found == object.end() ? null : *found;
}

std::optional<std::string> text(const Json& object, std::string_view name) {
    const Json& value = member(object, name);
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
        return std::nullopt;
    }
    return printable(value.get_ref<const std::string&>());
}

std::string text_or(const Json& object, std::string_view name, std::string_view fallback) {
    return text(object, name).value_or(std::string{fallback});
}

std::optional<std::uint64_t> number(const Json& object, std::string_view name) {
    const Json& value = member(object, name);
    if (!value.is_number_unsigned()) {
        return std::nullopt;
    }
    return value.get<std::uint64_t>();
}

std::optional<std::string> endpoint(const Json& object, std::string_view name) {
    const Json& value = member(object, name);
    const std::optional<std::string> address = text(value, "address");
    const std::optional<std::uint64_t> port = number(value, "port");
    if (!address || !port) {
        return std::nullopt;
    }
    return fmt::format("{}:{}", *address, *port);
}

Outcome<Json> parse_document(std::string_view text_of_it, std::string_view name) {
    Json document = Json::parse(text_of_it, nullptr, false);
    if (!document.is_object()) {
        return Failure{
            Problem{ExitStatus::kFailure, "miredo answered with something else than JSON"}};
    }
    const std::string schema = text_or(document, "schema");
    if (schema != fmt::format("{}/1", name)) {
        return Failure{Problem{
            ExitStatus::kFailure,
            fmt::format("miredo answered with a document of schema {}, this miredoctl knows {}/1; "
                        "both have to be of one version",
                        schema,
                        name)}};
    }
    return document;
}

Outcome<Json> find_instances(const Json& document, std::string_view name) {
    const Json& instances = member(document, "instances");
    if (name.empty()) {
        return instances.is_array() ? instances : Json::array();
    }
    std::vector<std::string> names;
    for (const Json& instance : instances) {
        names.push_back(text_or(instance, "name"));
        if (names.back() == name) {
            return Json::array({instance});
        }
    }
    return Failure{no_such_instance(name, names)};
}

}  // namespace miredo::ctl
