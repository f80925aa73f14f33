// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/list.hpp"

#include <optional>
#include <vector>

#include <fmt/format.h>

#include "ctl/instance_view.hpp"
#include "ctl/output.hpp"
#include "ctl/service.hpp"
#include "ctl/table.hpp"
#include "ctl/verbs.hpp"

namespace miredo::ctl {
namespace {

std::string address_of(const Json& instance) {
    if (const auto address = text(member(instance, "client"), "address")) {
        return *address;
    }
    return text_or(member(instance, "server"), "primary");
}

Row row_of(const Json& instance, const Style& style) {
    const std::optional<std::uint64_t> peers = number(member(instance, "peers"), "count");
    return {Cell{text_or(instance, "name")},
            Cell{text_or(instance, "role")},
            Cell{state_text(instance, style), color_of_state(text_or(instance, "state"))},
            Cell{text_or(member(instance, "interface"), "name")},
            Cell{address_of(instance)},
            Cell{peers ? std::to_string(*peers) : "-"}};
}

}  // namespace

std::string list_text(const Json& instances, const Style& style, bool has_legend) {
    std::vector<Row> rows;
    for (const Json& instance : instances) {
        rows.push_back(row_of(instance, style));
    }
    const std::size_t count = rows.size();
    std::string result = table_text({{"INSTANCE"},
                                     {"ROLE"},
                                     {"STATE", false, true},
                                     {"DEVICE"},
                                     {"ADDRESS", false, true},
                                     {"PEERS", true}},
                                    std::move(rows),
                                    style,
                                    has_legend);
    if (has_legend) {
        result += fmt::format(
            "{}{} instance{} listed.\n", result.empty() ? "" : "\n", count, count == 1 ? "" : "s");
    }
    return result;
}

Outcome<ExitStatus> run_list(const Options& /*options*/, const Output& output) {
    const Outcome<Json> document = describe_service();
    if (!document) {
        return Failure{document.error()};
    }
    if (output.wants_json()) {
        return finished(output.print_json(*document));
    }
    const Outcome<Json> all = find_instances(*document, "");
    if (!all) {
        return Failure{all.error()};
    }
    return finished(output.print(list_text(*all, output.style(), output.has_legend())));
}

}  // namespace miredo::ctl
