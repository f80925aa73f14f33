// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/statistics.hpp"

#include <string>

namespace miredo::daemon {

Statistics to_statistics(const teredo::Counters& counters, const EdgeDrops& edges) {
    Statistics statistics{
        {"DatagramsReceived", counters.datagrams_received},
        {"PacketsReceived", counters.packets_received},
        {"ForwardedToUdp", counters.forwarded_to_udp},
        {"ForwardedToIpv6", counters.forwarded_to_ipv6},
        {"Consumed", counters.consumed},
        {"BubblesSent", counters.bubbles_sent},
        {"SolicitationsSent", counters.solicitations_sent},
        {"AdvertisementsSent", counters.advertisements_sent},
        {"EchoRequestsSent", counters.echo_requests_sent},
        {"ErrorsSent", counters.errors_sent},
        {"TrailersCut", counters.trailers_cut},
        {"Dropped.receive-buffer", edges.receive_buffer},
        {"Dropped.malformed-offload", edges.malformed_offload},
        {"Dropped.congestion", edges.congestion},
    };
    for (std::size_t i = 0; i < teredo::kDropReasonCount; ++i) {
        const auto reason = static_cast<teredo::DropReason>(i);
        statistics.emplace("Dropped." + std::string{teredo::to_string(reason)},
                           counters.drops(reason));
    }
    return statistics;
}

}  // namespace miredo::daemon
