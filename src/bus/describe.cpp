// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "bus/describe.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bus/overall.hpp"
#include "bus/values.hpp"

namespace miredo::bus {
namespace {

template <typename T>
Json text_or_null(const std::optional<T>& value) {
    return value ? Json(value->to_string()) : Json(nullptr);
}

Json text_or_null(std::string_view text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json microseconds_or_null(const std::optional<Duration>& duration) {
    return duration ? Json(microseconds(*duration)) : Json(nullptr);
}

Json describe(const std::optional<Endpoint>& endpoint) {
    if (!endpoint) {
        return nullptr;
    }
    return {{"address", endpoint->address.to_string()}, {"port", endpoint->port}};
}

Json describe(const std::optional<daemon::InterfaceStatus>& interface) {
    if (!interface) {
        return nullptr;
    }
    return {{"name", interface->name}, {"index", interface->index}, {"mtu", interface->mtu}};
}

Json describe(const std::optional<daemon::PeerCounts>& peers) {
    if (!peers) {
        return nullptr;
    }
    return {{"count", peers->count}, {"proven", peers->proven}, {"limit", peers->limit}};
}

Json describe(const std::vector<daemon::OffloadStatus>& offloads) {
    Json result = Json::object();
    for (const daemon::OffloadStatus& offload : offloads) {
        result[std::string{offload.name}] = {{"on", offload.on},
                                             {"reason", text_or_null(offload.refusal)}};
    }
    return result;
}

Json describe(const std::vector<daemon::HealthItem>& health) {
    Json items = Json::array();
    for (const daemon::HealthItem& item : health) {
        items.push_back({{"id", item.id}, {"severity", "warning"}, {"text", item.text}});
    }
    return items;
}

struct DescribeDetails {
    Json operator()(const daemon::ClientDetails& client) const {
        const Json since = client.address ? Json(client.address_since.realtime) : Json(nullptr);
        return {
            {"address", text_or_null(client.address)},
            {"address_since_usec", since},
            {"server",
             {
                 {"name", text_or_null(client.server_name)},
                 {"address", text_or_null(client.server)},
                 {"secondary", text_or_null(client.secondary)},
                 {"last_reply_ago_usec", microseconds_or_null(client.last_reply)},
                 {"rtt_usec", microseconds_or_null(client.server_rtt)},
             }},
            {"mapped", describe(client.mapped)},
            {"nat", to_string(client.nat_type)},
            {"refresh_interval_usec", microseconds(client.refresh_interval)},
            {"native_ipv6", client.has_native_ipv6},
        };
    }
    Json operator()(const daemon::RelayDetails& relay) const {
        return {
            {"prefix", relay.prefix.to_string()},
            {"mode", mode_word(relay.mode)},
            {"served_prefixes", texts(relay.served_prefixes)},
        };
    }
    Json operator()(const daemon::ServerDetails& server) const {
        return {
            {"primary", text_or_null(server.primary)},
            {"secondary", text_or_null(server.secondary)},
            {"prefix", server.prefix.to_string()},
            {"advertised_mtu", server.advertised_mtu},
        };
    }
};

}  // namespace

Json describe(const daemon::InstanceStatus& status, const daemon::Statistics& statistics) {
    Json result = {
        {"name", status.name},
        {"role", status.name},
        {"state", to_string(status.state)},
        {"reason", text_or_null(status.reason)},
        {"message", status.message},
        {"since_usec", status.since.realtime},
        {"interface", describe(status.interface)},
        {"local", describe(status.local)},
        {"peers", describe(status.peers)},
        {"shards", status.shards},
        {"offloads", describe(status.offloads)},
        {"health", describe(status.health)},
        {"statistics", Json::object()},
    };
    for (const auto& [name, count] : statistics) {
        result["statistics"][name] = count;
    }
    result[std::string{status.name}] = std::visit(DescribeDetails{}, status.details);
    return result;
}

Json describe(daemon::Control& control) {
    Json instances = Json::array();
    for (const daemon::Instance* instance : control.instances()) {
        instances.push_back(describe(instance->status(), instance->statistics()));
    }
    return {
        {"schema", "miredo.status/1"},
        {"version", MIREDO_VERSION},
        {"state", overall(control).state},
        {"configuration_files", control.configuration_files()},
        {"instances", std::move(instances)},
    };
}

std::string to_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace miredo::bus
