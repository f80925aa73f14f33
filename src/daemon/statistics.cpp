// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "daemon/statistics.hpp"

#include <string>
#include <system_error>

namespace miredo::daemon {
namespace {

OffloadStatus describe(std::string_view name, const io::Offload& offload) {
    const bool is_refused = !offload.on && offload.error_number != 0;
    return {name,
            offload.on,
            is_refused ? std::generic_category().message(offload.error_number) : std::string{}};
}

void add(io::Offload& sum, const io::Offload& one) {
    if (sum.on && !one.on) {
        sum = one;
    }
}

}  // namespace

void add(EdgeDrops& sum, const EdgeDrops& one) {
    sum.receive_buffer += one.receive_buffer;
    sum.malformed_offload += one.malformed_offload;
    sum.congestion += one.congestion;
    sum.handover += one.handover;
}

void add(EdgeOffloads& sum, const EdgeOffloads& one) {
    add(sum.udp.segments_sent, one.udp.segments_sent);
    add(sum.udp.received_coalesced, one.udp.received_coalesced);
    sum.udp.segmentation_fallbacks += one.udp.segmentation_fallbacks;
    if (sum.tun && one.tun) {
        add(sum.tun->tcp, one.tun->tcp);
        add(sum.tun->udp, one.tun->udp);
        sum.tun->malformed += one.tun->malformed;
        sum.tun->refused_super_packets += one.tun->refused_super_packets;
    }
}

void add(teredo::RelayStatus& sum, const teredo::RelayStatus& one) {
    sum.proven_peers += one.proven_peers;
    sum.unproven_peers += one.unproven_peers;
    sum.peer_limit += one.peer_limit;
    sum.queued_bytes += one.queued_bytes;
}

void add_shard(Statistics& statistics,
               std::size_t shard,
               const teredo::Counters& counters,
               std::uint64_t handed_over) {
    const std::string prefix = "Shard." + std::to_string(shard) + '.';
    statistics[prefix + "DatagramsReceived"] = counters.datagrams_received;
    statistics[prefix + "PacketsReceived"] = counters.packets_received;
    statistics[prefix + "HandedOver"] = handed_over;
}

Statistics to_statistics(const teredo::Counters& counters,
                         const EdgeDrops& edges,
                         const EdgeOffloads& offloads) {
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
        {"SegmentationFallbacks", offloads.udp.segmentation_fallbacks},
        {"SuperPacketsRefused", offloads.tun ? offloads.tun->refused_super_packets : 0},
        {"Dropped.receive-buffer", edges.receive_buffer},
        {"Dropped.malformed-offload", edges.malformed_offload},
        {"Dropped.congestion", edges.congestion},
        {"Dropped.handover", edges.handover},
    };
    for (std::size_t i = 0; i < teredo::kDropReasonCount; ++i) {
        const auto reason = static_cast<teredo::DropReason>(i);
        statistics.emplace("Dropped." + std::string{teredo::to_string(reason)},
                           counters.drops(reason));
    }
    return statistics;
}

std::vector<OffloadStatus> offload_statuses(const EdgeOffloads& offloads) {
    std::vector<OffloadStatus> statuses;
    if (offloads.tun) {
        statuses.push_back(describe("tun-tcp", offloads.tun->tcp));
        statuses.push_back(describe("tun-udp", offloads.tun->udp));
    }
    statuses.push_back(describe("udp-send", offloads.udp.segments_sent));
    statuses.push_back(describe("udp-receive", offloads.udp.received_coalesced));
    return statuses;
}

}  // namespace miredo::daemon
