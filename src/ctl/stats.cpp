// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/stats.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ctl/service.hpp"
#include "ctl/verbs.hpp"

namespace miredo::ctl {
namespace {

constexpr std::string_view kDropped = "Dropped.";
constexpr std::string_view kShard = "Shard.";
constexpr std::array<std::string_view, 4> kTraffic{
    "DatagramsReceived", "PacketsReceived", "ForwardedToUdp", "ForwardedToIpv6"};
constexpr std::size_t kLeastLabelWidth = 26;

using Line = std::pair<std::string, std::uint64_t>;

struct Groups {
    std::vector<Line> traffic;
    std::vector<Line> protocol;
    std::vector<Line> dropped;
};

bool is_upper(char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
}

// "ForwardedToIpv6" as "forwarded to IPv6".
std::string words_of(std::string_view name) {
    std::string result;
    for (std::size_t i = 0; i < name.size();) {
        std::size_t end = i + 1;
        while (end < name.size() && !is_upper(name[end])) {
            ++end;
        }
        std::string word{name.substr(i, end - i)};
        if (word == "Udp") {
            word = "UDP";
        } else if (word == "Ipv6") {
            word = "IPv6";
        } else {
            word[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(word[0])));
        }
        result += (result.empty() ? "" : " ") + word;
        i = end;
    }
    return result;
}

Groups groups_of(const Json& statistics, bool with_zeros) {
    Groups groups;
    for (const auto& [name, value] : statistics.items()) {
        if (!value.is_number_unsigned() || (!with_zeros && value.get<std::uint64_t>() == 0)) {
            continue;
        }
        const std::string shown = printable(name);
        const auto count = value.get<std::uint64_t>();
        if (name.starts_with(kShard)) {
            const std::size_t end = shown.find('.', kShard.size());
            groups.traffic.emplace_back(
                fmt::format("shard {}: {}",
                            shown.substr(kShard.size(), end - kShard.size()),
                            end == std::string::npos ? "" : words_of(shown.substr(end + 1))),
                count);
        } else if (name.starts_with(kDropped)) {
            groups.dropped.emplace_back(shown.substr(kDropped.size()), count);
        } else if (std::find(kTraffic.begin(), kTraffic.end(), name) != kTraffic.end()) {
            groups.traffic.emplace_back(words_of(shown), count);
        } else {
            groups.protocol.emplace_back(words_of(shown), count);
        }
    }
    std::stable_sort(groups.dropped.begin(),
                     groups.dropped.end(),
                     [](const Line& a, const Line& b) { return a.second > b.second; });
    return groups;
}

std::string instance_text(const Json& instance, const Style& style, bool with_zeros) {
    const Groups groups = groups_of(member(instance, "statistics"), with_zeros);
    const std::array<std::pair<const char*, const std::vector<Line>*>, 3> parts{{
        {"traffic", &groups.traffic},
        {"protocol", &groups.protocol},
        {"dropped", &groups.dropped},
    }};
    std::size_t width = kLeastLabelWidth;
    for (const auto& [title, lines] : parts) {
        for (const Line& line : *lines) {
            width = std::max(width, display_width(line.first));
        }
    }
    std::string body;
    for (const auto& [title, lines] : parts) {
        body += lines->empty() ? std::string{}
                               : fmt::format("  {}\n", style.paint(Color::kBold, title));
        for (const Line& line : *lines) {
            body += fmt::format("    {:<{}} {:>12}\n", line.first, width, line.second);
        }
    }
    return style.paint(Color::kBold, text_or(instance, "name")) + '\n' +
           (body.empty() ? "  nothing yet\n" : body);
}

}  // namespace

std::string stats_text(const Json& instances, const Style& style, bool with_zeros) {
    std::string result;
    for (const Json& instance : instances) {
        result += result.empty() ? "" : "\n";
        result += instance_text(instance, style, with_zeros);
    }
    return result;
}

Json stats_json(const Json& instances) {
    Json result = Json::array();
    for (const Json& instance : instances) {
        result.push_back(
            {{"name", member(instance, "name")}, {"statistics", member(instance, "statistics")}});
    }
    return {{"schema", "miredo.statistics/1"}, {"instances", std::move(result)}};
}

Outcome<ExitStatus> run_stats(const Options& options, const Output& output) {
    const Outcome<Json> document = describe_service();
    if (!document) {
        return Failure{document.error()};
    }
    const Outcome<Json> instances = find_instances(*document, options.instance);
    if (!instances) {
        return Failure{instances.error()};
    }
    if (output.wants_json()) {
        return finished(output.print_json(stats_json(*instances)));
    }
    return finished(output.print(stats_text(*instances, output.style(), options.all)));
}

}  // namespace miredo::ctl
