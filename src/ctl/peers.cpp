// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <string_view>

#include "ctl/peers_text.hpp"
#include "ctl/pick.hpp"
#include "ctl/service.hpp"
#include "ctl/verbs.hpp"
#include "dbus/names.hpp"

namespace miredo::ctl {
namespace {

// Page after page, up to `most` rows. Peers that come and go meanwhile can make a page short: that
// doesn't end the list.
Outcome<PeerList> read_peers(Service& service,
                             const std::string& instance,
                             const PeerFilter& filter,
                             std::uint64_t most) {
    PeerList list{instance, {}, 0};
    while (list.rows.size() < most) {
        const std::uint64_t left = most - list.rows.size();
        Outcome<PeerPage> page = service.list_peers(
            instance,
            filter,
            list.rows.size(),
            static_cast<std::uint32_t>(std::min<std::uint64_t>(left, dbus::kLargestPage)));
        if (!page) {
            return Failure{page.error()};
        }
        list.total = page->total;
        std::move(page->rows.begin(), page->rows.end(), std::back_inserter(list.rows));
        if (page->rows.empty() || list.rows.size() >= list.total) {
            break;
        }
    }
    return list;
}

}  // namespace

Outcome<ExitStatus> run_peers(const Options& options, const Output& output) {
    Outcome<Service> service = Service::connect();
    if (!service) {
        return Failure{service.error()};
    }
    const Outcome<Json> document = service->describe();
    if (!document) {
        return Failure{document.error()};
    }
    constexpr std::array<std::string_view, 2> kRoles{"client", "relay"};
    const Outcome<std::string> instance = pick_instance(*document, options.instance, kRoles);
    if (!instance) {
        return Failure{instance.error()};
    }
    constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t limit = options.all || options.limit == 0 ? kNoLimit : options.limit;
    // The first of an order are known only when all are.
    const bool needs_all = options.order != PeerOrder::kAsIs;
    Outcome<PeerList> list = read_peers(
        *service, *instance, {options.kind, options.state}, needs_all ? kNoLimit : limit);
    if (!list) {
        return Failure{list.error()};
    }
    sort_peers(list->rows, options.order);
    if (list->rows.size() > limit) {
        list->rows.resize(limit);
    }
    if (output.wants_json()) {
        return finished(output.print_json(peers_json(*list)));
    }
    return finished(output.print(peers_text(*list, output.style(), output.has_legend())));
}

}  // namespace miredo::ctl
