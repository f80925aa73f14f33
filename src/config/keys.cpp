// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/keys.hpp"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "config/nearest.hpp"
#include "config/secrets.hpp"
#include "config/section_values.hpp"
#include "config/text.hpp"
#include "config/values.hpp"

namespace miredo::config {
namespace {

constexpr std::size_t kMaxServedPrefixes = 64;  // each packet is compared with all of them

Outcome error(std::string message) {
    return {Outcome::Kind::kError, std::move(message)};
}

Outcome warning(std::string message) {
    return {Outcome::Kind::kWarning, std::move(message)};
}

std::string show_value(const std::string& value) {
    return value;
}

std::string show_value(bool value) {
    return value ? "yes" : "no";
}

std::string show_value(std::uint16_t value) {
    return std::to_string(value);
}

std::string show_value(std::uint32_t value) {
    return std::to_string(value);
}

std::string show_value(const std::optional<std::uint32_t>& value) {
    return value ? std::to_string(*value) : std::string{};
}

std::string show_value(const std::optional<std::uint64_t>& value) {
    return value ? std::to_string(*value) : std::string{};
}

std::string show_value(Duration value) {
    const auto count = std::chrono::duration_cast<std::chrono::microseconds>(value).count();
    constexpr int kPerSecond = 1000000;
    return count % kPerSecond == 0 ? std::to_string(count / kPerSecond)
                                   : fmt::format("{}us", count);
}

std::string show_value(teredo::RelayMode value) {
    return std::string{relay_mode_word(value)};
}

std::string show_value(NativePolicy value) {
    return std::string{native_policy_word(value)};
}

std::string show_value(const OffloadSwitches& value) {
    return offloads_text(value);
}

std::string show_value(const Shards& value) {
    return value.is_automatic() ? "auto" : std::to_string(value.count);
}

std::string show_value(const Ipv6Prefix& value) {
    return value.to_string();
}

// The member of the instance `Part` that the path leads to.
template <auto Part, auto... Path, typename C>
auto& member(C& configuration) {
    return ((*(configuration.*Part)).*....*Path);
}

template <auto Part>
Configuration defaults() {
    Configuration configuration;
    (configuration.*Part).emplace();
    return configuration;
}

template <auto Parse, auto Part, auto... Path>
Outcome assign(Configuration& configuration, std::string_view value) {
    auto& target = member<Part, Path...>(configuration);
    if (value.empty()) {
        Configuration fresh = defaults<Part>();
        target = member<Part, Path...>(fresh);
        return {};
    }
    auto parsed = Parse(value);
    if (!parsed) {
        return error(parsed.error());
    }
    target = *parsed;
    return {};
}

template <auto Part, auto... Path>
std::string show(const Configuration& configuration) {
    return show_value(member<Part, Path...>(configuration));
}

// A key that sets one member.
template <auto Parse, auto Part, auto... Path>
constexpr Key plain(std::string_view name) {
    return {name, assign<Parse, Part, Path...>, show<Part, Path...>};
}

// What comes to a client comes from one server and from relays, whose packets can't be told apart
// by the peer.
Outcome check_one_shard(Configuration& /*configuration*/, std::string_view value) {
    if (value.empty()) {
        return {};
    }
    const auto shards = parse_shards(value);
    if (!shards) {
        return error(shards.error());
    }
    return shards->count <= 1 ? Outcome{} : warning("a client has one, ignored");
}

Outcome warn_no_device(Configuration& /*configuration*/, std::string_view /*value*/) {
    return warning("has no effect in [Server], ignored: a server has no tunnel device, and its "
                   "sockets are those of Address= and SecondaryAddress=");
}

// `primary` or `primary secondary`. A list is accepted, its first server is used.
Outcome assign_server(Configuration& configuration, std::string_view value) {
    ClientConfiguration& client = *configuration.client;
    if (value.empty()) {
        client.server.clear();
        client.secondary_server.clear();
        return {};
    }
    const ParsedValue<std::string> primary = parse_server(take_word(value));
    if (!primary) {
        return error(primary.error());
    }
    const std::string_view second = take_word(value);
    const ParsedValue<std::string> secondary =
        second.empty() ? ParsedValue<std::string>{std::string{}} : parse_server(second);
    if (!secondary) {
        return error(secondary.error());
    }
    if (const std::string_view third = take_word(value); !third.empty()) {
        return error(fmt::format("{} is one word too many, expected a server and perhaps its "
                                 "second address; put another server on a line of its own",
                                 shown(third)));
    }
    if (equal_ignoring_case(*primary, *secondary)) {
        return error(fmt::format("{} stands there twice, expected the server's other address or "
                                 "nothing after it",
                                 shown(*primary)));
    }
    if (!client.server.empty()) {
        return warning(fmt::format("{} is not used: this version uses only the first server, {}; "
                                   "an empty Server= above this line would take that one away",
                                   shown(*primary),
                                   shown(client.server)));
    }
    client.server = *primary;
    client.secondary_server = *secondary;
    return {};
}

std::string show_server(const Configuration& configuration) {
    const ClientConfiguration& client = *configuration.client;
    return client.secondary_server.empty() ? client.server
                                           : client.server + ' ' + client.secondary_server;
}

Outcome assign_secondary(Configuration& configuration, std::string_view value) {
    ServerConfiguration& server = *configuration.server;
    if (value.empty() || equal_ignoring_case(value, "none")) {
        server.secondary_address.clear();
        server.single_address = !value.empty();
        return {};
    }
    ParsedValue<std::string> secondary = parse_server(value);
    if (!secondary) {
        return error(secondary.error() + "; none for a server with a single address");
    }
    server.secondary_address = std::move(*secondary);
    server.single_address = false;
    return {};
}

std::string show_secondary(const Configuration& configuration) {
    const ServerConfiguration& server = *configuration.server;
    return server.single_address ? "none" : server.secondary_address;
}

Outcome assign_served_prefixes(Configuration& configuration, std::string_view value) {
    std::vector<Ipv6Prefix>& target = configuration.relay->served_prefixes;
    if (value.empty()) {
        target.clear();
        return {};
    }
    std::vector<Ipv6Prefix> prefixes = target;
    std::string faults;
    for (std::string_view word = take_word(value); !word.empty(); word = take_word(value)) {
        const ParsedValue<Ipv6Prefix> prefix = parse_served_prefix(word);
        if (!prefix) {
            faults += faults.empty() ? prefix.error() : "; " + prefix.error();
        } else if (std::find(prefixes.begin(), prefixes.end(), *prefix) == prefixes.end()) {
            prefixes.push_back(*prefix);
        }
    }
    if (!faults.empty()) {
        return error(std::move(faults));
    }
    if (prefixes.size() > kMaxServedPrefixes) {
        return error(fmt::format(
            "{} prefixes are too many, expected at most {}", prefixes.size(), kMaxServedPrefixes));
    }
    target = std::move(prefixes);
    return {};
}

std::string show_served_prefixes(const Configuration& configuration) {
    std::string text;
    for (const Ipv6Prefix& prefix : configuration.relay->served_prefixes) {
        text += text.empty() ? prefix.to_string() : ' ' + prefix.to_string();
    }
    return text;
}

using Client = ClientConfiguration;
using Relay = RelayConfiguration;
using Server = ServerConfiguration;
using Tunnel = TunnelConfiguration;

constexpr auto kClient = &Configuration::client;
constexpr auto kRelay = &Configuration::relay;
constexpr auto kServer = &Configuration::server;

// The keys that client and relay share.
template <auto Part, auto TunnelPart>
constexpr std::array<Key, 8> tunnel_keys() {
    return {
        plain<parse_interface_name, Part, TunnelPart, &Tunnel::interface_name>("InterfaceName"),
        plain<parse_bind_address, Part, TunnelPart, &Tunnel::bind_address>("BindAddress"),
        plain<parse_decimal_port, Part, TunnelPart, &Tunnel::port>("Port"),
        plain<parse_decimal_mtu, Part, TunnelPart, &Tunnel::mtu>("Mtu"),
        plain<parse_max_peers, Part, TunnelPart, &Tunnel::max_peers>("MaxPeers"),
        plain<parse_max_memory, Part, TunnelPart, &Tunnel::max_memory>("MaxMemory"),
        plain<parse_switch, Part, TunnelPart, &Tunnel::allow_private_addresses>(
            "AllowPrivateAddresses"),
        plain<parse_offloads, Part, TunnelPart, &Tunnel::offloads>("Offloads"),
    };
}

template <std::size_t A, std::size_t B>
constexpr std::array<Key, A + B> joined(const std::array<Key, A>& a, const std::array<Key, B>& b) {
    std::array<Key, A + B> all{};
    std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), all.begin()));
    return all;
}

constexpr auto kClientKeys = joined(
    std::array{
        Key{"Server", assign_server, show_server},
        plain<parse_refresh_interval, kClient, &Client::refresh_interval>("RefreshIntervalSec"),
        plain<parse_switch, kClient, &Client::determine_refresh_interval>(
            "DetermineRefreshInterval"),
        plain<parse_switch, kClient, &Client::default_route>("DefaultRoute"),
        plain<parse_route_metric, kClient, &Client::route_metric>("RouteMetric"),
        plain<parse_route_table, kClient, &Client::route_table>("RouteTable"),
        plain<parse_native_policy, kClient, &Client::native>("Native"),
        plain<parse_switch, kClient, &Client::local_discovery>("LocalDiscovery"),
        plain<parse_client_identifier, kClient, &Client::client_identifier>("ClientIdentifier"),
        plain<parse_secret, kClient, &Client::secret>("Secret"),
        Key{"Shards", check_one_shard},
    },
    tunnel_keys<kClient, &Client::tunnel>());

constexpr auto kRelayKeys =
    joined(std::array{plain<parse_relay_mode, kRelay, &Relay::mode>("Mode"),
                      plain<parse_whole_teredo_prefix, kRelay, &Relay::prefix>("Prefix"),
                      Key{"ServedPrefixes", assign_served_prefixes, show_served_prefixes},
                      plain<parse_bubble_rate, kRelay, &Relay::bubbles_per_second>("BubblesPerSec"),
                      plain<parse_shards, kRelay, &Relay::shards>("Shards")},
           tunnel_keys<kRelay, &Relay::tunnel>());

constexpr std::array kServerKeys{
    plain<parse_server, kServer, &Server::address>("Address"),
    Key{"SecondaryAddress", assign_secondary, show_secondary},
    plain<parse_whole_teredo_prefix, kServer, &Server::prefix>("Prefix"),
    plain<parse_decimal_mtu, kServer, &Server::advertised_mtu>("AdvertisedMtu"),
    plain<parse_switch, kServer, &Server::allow_private_addresses>("AllowPrivateAddresses"),
    plain<parse_switch, kServer, &Server::require_authentication>("RequireAuthentication"),
    plain<parse_secret, kServer, &Server::secret>("Secret"),
    plain<parse_offloads, kServer, &Server::offloads>("Offloads"),
    plain<parse_shards, kServer, &Server::shards>("Shards"),
    Key{"InterfaceName", warn_no_device},
    Key{"BindAddress", warn_no_device},
    Key{"Port", warn_no_device},
    Key{"Mtu", warn_no_device},
    Key{"MaxPeers", warn_no_device},
    Key{"MaxMemory", warn_no_device},
};

template <auto Part>
bool exists(const Configuration& configuration) {
    return (configuration.*Part).has_value();
}

template <auto Part>
void create(Configuration& configuration) {
    if (!exists<Part>(configuration)) {
        (configuration.*Part).emplace();
    }
}

constexpr std::array kSections{
    Section{"Client", kClientKeys, exists<kClient>, create<kClient>},
    Section{"Relay", kRelayKeys, exists<kRelay>, create<kRelay>},
    Section{"Server", kServerKeys, exists<kServer>, create<kServer>},
};

struct ClassicName {
    std::string_view section;
    std::string_view directive;
    std::string_view key;
};

constexpr std::array kClassicNames{
    ClassicName{"Client", "ServerAddress", "Server"},
    ClassicName{"Client", "ServerAddress2", "Server=PRIMARY SECONDARY"},
    ClassicName{"Client", "BindPort", "Port"},
    ClassicName{"Client", "InterfaceMTU", "Mtu"},
    ClassicName{"Relay", "RelayType", "Mode"},
    ClassicName{"Relay", "BindPort", "Port"},
    ClassicName{"Relay", "InterfaceMTU", "Mtu"},
    ClassicName{"Server", "ServerBindAddress", "Address"},
    ClassicName{"Server", "ServerBindAddress2", "SecondaryAddress"},
    ClassicName{"Server", "BindAddress", "Address"},
    ClassicName{"Server", "InterfaceMTU", "AdvertisedMtu"},
};

}  // namespace

std::span<const Section> sections() {
    return kSections;
}

const Section* find_section(std::string_view name) {
    const auto* const found = std::find_if(
        kSections.begin(), kSections.end(), [name](const Section& s) { return s.name == name; });
    return found == kSections.end() ? nullptr : &*found;
}

const Key* find_key(const Section& section, std::string_view name) {
    const auto found = std::find_if(section.keys.begin(),
                                    section.keys.end(),
                                    [name](const Key& key) { return key.name == name; });
    return found == section.keys.end() ? nullptr : &*found;
}

std::string hint_for_section(std::string_view name) {
    std::vector<std::string_view> names{"Isatap"};
    for (const Section& section : kSections) {
        names.push_back(section.name);
    }
    const std::string_view nearest = nearest_word(name, names);
    return nearest.empty() ? std::string{} : fmt::format("; did you mean [{}]?", nearest);
}

std::string hint_for_key(const Section& section, std::string_view name) {
    for (const ClassicName& classic : kClassicNames) {
        if (classic.section == section.name && equal_ignoring_case(classic.directive, name)) {
            return fmt::format("; in sections it is called {}", classic.key);
        }
    }
    for (const Section& other : kSections) {
        if (find_key(other, name) != nullptr) {
            return fmt::format("; it is a key of [{}]", other.name);
        }
    }
    std::vector<std::string_view> names;
    for (const Key& key : section.keys) {
        names.push_back(key.name);
    }
    const std::string_view nearest = nearest_word(name, names);
    return nearest.empty() ? std::string{} : fmt::format("; did you mean {}?", nearest);
}

}  // namespace miredo::config
