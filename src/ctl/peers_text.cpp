// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/peers_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "base/ipv6_address.hpp"
#include "ctl/table.hpp"

namespace miredo::ctl {
namespace {

constexpr std::array<std::string_view, 5> kStateOrder{
    "direct", "relay", "probing", "idle", "failed"};
constexpr std::array<std::string_view, 2> kKindOrder{"teredo", "native"};

// Words that this version doesn't know come last.
template <std::size_t kSize>
std::size_t place_of(const std::array<std::string_view, kSize>& order, std::string_view word) {
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), word) - order.begin());
}

struct SortKey {
    std::size_t group = 0;
    Microseconds age{};
    Ipv6Address address;

    friend bool operator<(const SortKey& a, const SortKey& b) {
        return std::tie(a.group, a.age, a.address) < std::tie(b.group, b.age, b.address);
    }
};

SortKey key_of(const PeerRow& row, PeerOrder order) {
    SortKey key{0,
                row.last_received.value_or(Microseconds::max()),
                Ipv6Address::parse(row.address).value_or(Ipv6Address{})};
    if (order == PeerOrder::kState) {
        key.group = place_of(kStateOrder, row.state);
    } else if (order == PeerOrder::kKind) {
        key.group = place_of(kKindOrder, row.kind);
    } else if (order == PeerOrder::kAddress) {
        key.age = {};
    }
    return key;
}

Color color_of(std::string_view state) {
    if (state == "direct" || state == "relay") {
        return Color::kGreen;
    }
    if (state == "failed") {
        return Color::kRed;
    }
    return state == "probing" ? Color::kYellow : Color::kGrey;
}

std::string age_text(const std::optional<Microseconds>& age) {
    return age ? span_text(*age) : "-";
}

Row row_of(const PeerRow& row) {
    return {Cell{row.address},
            Cell{row.kind},
            Cell{row.state, color_of(row.state)},
            Cell{row.endpoint_address.empty()
                     ? "-"
                     : fmt::format("{}:{}", row.endpoint_address, row.endpoint_port)},
            Cell{age_text(row.last_received)},
            Cell{age_text(row.last_transmitted)},
            Cell{fmt::format("{}/{}", row.queued_packets, row.attempts)}};
}

std::string footer(const PeerList& list) {
    if (list.rows.size() < list.total) {
        return fmt::format(
            "{} of {} peers listed. Pass --all to see the rest.\n", list.rows.size(), list.total);
    }
    return fmt::format("{} peer{} listed.\n", list.rows.size(), list.rows.size() == 1 ? "" : "s");
}

Json age_json(const std::optional<Microseconds>& age) {
    return age ? Json(age->count()) : Json(nullptr);
}

}  // namespace

void sort_peers(std::vector<PeerRow>& rows, PeerOrder order) {
    if (order == PeerOrder::kAsIs) {
        return;
    }
    std::vector<std::pair<SortKey, std::size_t>> keys;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        keys.emplace_back(key_of(rows[i], order), i);
    }
    std::sort(keys.begin(), keys.end());
    std::vector<PeerRow> sorted;
    sorted.reserve(rows.size());
    for (const auto& [key, place] : keys) {
        sorted.push_back(std::move(rows[place]));
    }
    rows = std::move(sorted);
}

std::string peers_text(const PeerList& list, const Style& style, bool has_legend) {
    std::vector<Row> rows;
    rows.reserve(list.rows.size());
    for (const PeerRow& row : list.rows) {
        rows.push_back(row_of(row));
    }
    std::string result = table_text({{"PEER", false, true},
                                     {"KIND"},
                                     {"STATE"},
                                     {"ENDPOINT", false, true},
                                     {"LAST-RX", true},
                                     {"LAST-TX", true},
                                     {"QUEUED/TRIES", true}},
                                    std::move(rows),
                                    style,
                                    has_legend);
    if (has_legend) {
        result += (result.empty() ? "" : "\n") + footer(list);
    }
    return result;
}

Json peers_json(const PeerList& list) {
    Json peers = Json::array();
    for (const PeerRow& row : list.rows) {
        Json endpoint = nullptr;
        if (!row.endpoint_address.empty()) {
            endpoint = {{"address", row.endpoint_address}, {"port", row.endpoint_port}};
        }
        peers.push_back({{"address", row.address},
                         {"kind", row.kind},
                         {"state", row.state},
                         {"endpoint", std::move(endpoint)},
                         {"last_received_ago_usec", age_json(row.last_received)},
                         {"last_transmitted_ago_usec", age_json(row.last_transmitted)},
                         {"queued_packets", row.queued_packets},
                         {"attempts", row.attempts}});
    }
    return {{"schema", "miredo.peers/1"},
            {"instance", list.instance},
            {"total", list.total},
            {"peers", std::move(peers)}};
}

}  // namespace miredo::ctl
