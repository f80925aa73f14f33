// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// `miredoctl peers`: rows sorted, as a table, and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/json.hpp"
#include "ctl/options.hpp"
#include "ctl/peer_row.hpp"
#include "ctl/style.hpp"

namespace miredo::ctl {

// What ListPeers has answered, page after page.
struct PeerList {
    std::string instance;
    std::vector<PeerRow> rows;
    std::uint64_t total = 0;  // that match what was asked for; there may be more than rows
};

// kLast: the latest heard of first. kState: direct, relay, probing, idle, failed. kKind: teredo,
// native. kAddress: as numbers. Of equals the latest heard of first, then by address.
void sort_peers(std::vector<PeerRow>& rows, PeerOrder order);

// A table; the legend is its head and the count below it.
[[nodiscard]] std::string peers_text(const PeerList& list, const Style& style, bool has_legend);
// miredo.peers/1; times in microseconds.
[[nodiscard]] Json peers_json(const PeerList& list);

}  // namespace miredo::ctl
