// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/service.hpp"

#include <map>
#include <utility>

#include "ctl/bus.hpp"

namespace miredo::ctl {
namespace {

using Dictionary = std::map<std::string, sdbus::Variant>;

// What isn't there, or of another type, leaves the default.
template <typename Value>
std::optional<Value> value_of(const Dictionary& dictionary, const char* key) {
    const auto found = dictionary.find(key);
    if (found == dictionary.end() || !found->second.containsValueOfType<Value>()) {
        return std::nullopt;
    }
    return found->second.get<Value>();
}

std::optional<Microseconds> age_of(const Dictionary& dictionary, const char* key) {
    const std::optional<std::uint64_t> usec = value_of<std::uint64_t>(dictionary, key);
    return usec ? std::optional{Microseconds{*usec}} : std::nullopt;
}

std::string word_of(const Dictionary& dictionary, const char* key) {
    return printable(value_of<std::string>(dictionary, key).value_or("-"));
}

PeerRow row_of(const Dictionary& peer) {
    PeerRow row;
    row.address = word_of(peer, dbus::peer::kAddress);
    row.kind = word_of(peer, dbus::peer::kKind);
    row.state = word_of(peer, dbus::peer::kState);
    using Endpoint = sdbus::Struct<std::string, std::uint16_t>;
    if (const auto endpoint = value_of<Endpoint>(peer, dbus::peer::kEndpoint)) {
        row.endpoint_address = printable(endpoint->get<0>());
        row.endpoint_port = endpoint->get<1>();
    }
    row.last_received = age_of(peer, dbus::peer::kLastReceived);
    row.last_transmitted = age_of(peer, dbus::peer::kLastTransmitted);
    row.queued_packets = value_of<std::uint32_t>(peer, dbus::peer::kQueuedPackets).value_or(0);
    row.attempts = value_of<std::uint32_t>(peer, dbus::peer::kAttempts).value_or(0);
    return row;
}

std::string path_of(const std::string& instance) {
    return dbus::kInstancePathPrefix + instance;
}

// The call's answer, or its error as a problem.
template <typename Call>
auto checked(sdbus::IConnection& connection, Call call) -> Outcome<decltype(call())> {
    try {
        return call();
    } catch (const sdbus::Error& error) {
        return Failure{problem_of(error, connection)};
    }
}

}  // namespace

Service::Service(std::unique_ptr<sdbus::IConnection> connection, std::string owner)
    : connection_{std::move(connection)}, owner_{std::move(owner)} {}
Service::Service(Service&& other) noexcept = default;
Service& Service::operator=(Service&& other) noexcept = default;
Service::~Service() = default;

Outcome<Service> Service::connect(std::chrono::milliseconds limit) {
    auto connection = connect_to_bus(limit);
    if (!connection) {
        return Failure{connection.error()};
    }
    const Outcome<std::optional<std::string>> owner =
        checked(**connection, [&] { return owner_of_service(**connection); });
    if (!owner) {
        return Failure{owner.error()};
    }
    if (!*owner) {
        return Failure{not_running()};
    }
    return Service{std::move(*connection), **owner};
}

Outcome<Json> Service::describe() {
    const Outcome<std::string> text = checked(*connection_, [&] {
        return ManagerProxy{*connection_, owner_}.Describe();
    });
    if (!text) {
        return Failure{text.error()};
    }
    return parse_document(*text, "miredo.status");
}

Outcome<PeerPage> Service::list_peers(const std::string& instance,
                                      const PeerFilter& filter,
                                      std::uint64_t offset,
                                      std::uint32_t limit) {
    Dictionary wanted;
    if (!filter.kind.empty()) {
        wanted[dbus::peer::kKind] = sdbus::Variant{filter.kind};
    }
    if (!filter.state.empty()) {
        wanted[dbus::peer::kState] = sdbus::Variant{filter.state};
    }
    return checked(*connection_, [&] {
        const auto [peers, total] =
            InstanceProxy{*connection_, owner_, path_of(instance)}.ListPeers(wanted, offset, limit);
        PeerPage page{{}, total};
        for (const Dictionary& peer : peers) {
            page.rows.push_back(row_of(peer));
        }
        return page;
    });
}

Outcome<void> Service::requalify(const std::string& instance) {
    try {
        ClientProxy{*connection_, owner_, path_of(instance)}.Requalify();
        return {};
    } catch (const sdbus::Error& error) {
        return Failure{problem_of(error, *connection_)};
    }
}

Outcome<ReloadReport> Service::reload() {
    return checked(*connection_, [&] {
        ManagerProxy manager{*connection_, owner_};
        ReloadReport report;
        for (const auto& change : manager.Reload()) {
            report.changes.push_back(
                {change.get<0>(), change.get<1>(), change.get<2>(), change.get<3>() == "applied"});
        }
        report.files = manager.ConfigurationFiles();
        return report;
    });
}

Outcome<Json> describe_service() {
    Outcome<Service> service = Service::connect();
    if (!service) {
        return Failure{service.error()};
    }
    return service->describe();
}

}  // namespace miredo::ctl
