// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/classic.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "config/classic_directives.hpp"
#include "config/classic_lines.hpp"
#include "config/file.hpp"
#include "config/values.hpp"

namespace miredo::config {
namespace {

enum class RelayType : unsigned char { kClient, kCone, kRestricted, kDisabled };

struct RelayTypeWord {
    std::string_view word;
    RelayType type;
    std::string_view deprecated = {};  // what to write instead
};

constexpr std::array kRelayTypes{
    RelayTypeWord{"client", RelayType::kClient},
    RelayTypeWord{"autoclient", RelayType::kClient, "it is the same as client, write client"},
    RelayTypeWord{"cone", RelayType::kCone},
    RelayTypeWord{"relay", RelayType::kCone},
    RelayTypeWord{
        "restricted", RelayType::kRestricted, "write cone where no NAT is in front of the relay"},
    RelayTypeWord{"disabled", RelayType::kDisabled, "run miredo-server with miredo-server.conf"},
};

ParsedValue<const RelayTypeWord*> parse_relay_type(std::string_view value) {
    const auto* const found = std::find_if(
        kRelayTypes.begin(), kRelayTypes.end(), [value](const RelayTypeWord& candidate) {
            return equal_ignoring_case(candidate.word, value);
        });
    if (found == kRelayTypes.end()) {
        return Failure{fmt::format(
            "{} is not a relay type, expected client, cone, restricted or disabled", shown(value))};
    }
    return found;
}

template <typename T>
using Parser = ParsedValue<T> (*)(std::string_view);

class ClassicReader {
  public:
    ClassicReader(const ClassicLines& lines, const std::string& server_name, Report& report)
        : report_{report},
          directives_{lines.lines, report},
          may_miss_{!lines.is_complete},
          server_name_{server_name} {}

    Configuration read(ClassicProgram program);

  private:
    // The directive's value; nothing where it is absent, or bad, which is an error.
    template <typename T>
    std::optional<T> read(std::string_view name, Parser<T> parse);
    template <typename T>
    void read_into(T& target, std::string_view name, Parser<T> parse) {
        if (std::optional<T> value = read(name, parse)) {
            target = std::move(*value);
        }
    }

    void read_miredo(Configuration& configuration);
    void read_relay_type();
    void read_syslog_facility(Configuration& configuration);
    void read_prefix();
    [[nodiscard]] TunnelConfiguration read_tunnel();
    [[nodiscard]] ClientConfiguration read_client(TunnelConfiguration tunnel);
    void read_client_servers(ClientConfiguration& client);
    [[nodiscard]] RelayConfiguration make_relay(TunnelConfiguration tunnel) const;
    [[nodiscard]] ServerConfiguration read_server(bool name_replaces_addresses);
    void read_server_addresses(ServerConfiguration& server);
    void read_server_name(std::string& target);
    void skip_for_server_name(std::string_view name);
    void require(std::string_view name, std::string_view why);
    void warn_unused();

    Report& report_;
    DirectiveSet directives_;
    bool may_miss_;  // what is missing may have stood in a damaged line
    const std::string& server_name_;

    std::optional<RelayType> type_ = RelayType::kClient;  // none: a bad value
    std::string role_ = "for miredo-server";              // "… has no effect" there
    Ipv6Prefix prefix_ = wire::kTeredoPrefix;             // of relay and server
    std::uint16_t mtu_ = 1280;                            // likewise
};

template <typename T>
std::optional<T> ClassicReader::read(std::string_view name, Parser<T> parse) {
    const Directive* const directive = directives_.take(name);
    if (directive == nullptr) {
        return std::nullopt;
    }
    if (directive->value.front() == '=') {
        report_.error(
            directive->line,
            fmt::format("{}: {} is not a value, expected `{} value` without an equals sign",
                        name,
                        shown(directive->value),
                        name));
        return std::nullopt;
    }
    ParsedValue<T> value = parse(directive->value);
    if (!value) {
        report_.error(directive->line, fmt::format("{}: {}", name, value.error()));
        return std::nullopt;
    }
    return std::move(*value);
}

Configuration ClassicReader::read(ClassicProgram program) {
    Configuration configuration;
    read_syslog_facility(configuration);
    if (program == ClassicProgram::kMiredoServer) {
        read_prefix();
        configuration.server = read_server(true);
    } else {
        read_miredo(configuration);
    }
    warn_unused();
    return configuration;
}

// A single daemon had all roles before Miredo 0.5.0: ServerBindAddress in miredo.conf puts a server
// beside the client or relay.
void ClassicReader::read_miredo(Configuration& configuration) {
    read_relay_type();
    const bool has_server =
        directives_.contains("ServerBindAddress") || directives_.contains("ServerBindAddress2");
    if (has_server || type_ != RelayType::kClient) {
        read_prefix();
    }
    if (type_ != RelayType::kDisabled) {
        TunnelConfiguration tunnel = read_tunnel();
        if (type_ == RelayType::kClient || !type_) {
            configuration.client = read_client(std::move(tunnel));
        } else {
            configuration.relay = make_relay(std::move(tunnel));
        }
    }
    if (!server_name_.empty() && type_ && type_ != RelayType::kClient) {
        report_.warn_command_line(
            fmt::format("server name {} has no effect {}", shown(server_name_), role_));
    }
    if (has_server || type_ == RelayType::kDisabled) {
        configuration.server = read_server(false);
    }
    if (const Directive* const moved = directives_.take("ServerBindAddress")) {
        report_.warn(moved->line,
                     "ServerBindAddress: deprecated in miredo.conf, its place is "
                     "miredo-server.conf; the server runs in this process");
    }
}

void ClassicReader::read_relay_type() {
    const Directive* const directive = directives_.take("RelayType");
    role_ = "with RelayType client";
    if (directive == nullptr) {
        return;
    }
    const std::optional<const RelayTypeWord*> word =
        read<const RelayTypeWord*>("RelayType", parse_relay_type);
    if (!word) {
        type_.reset();
        return;
    }
    type_ = (*word)->type;
    role_ = fmt::format("with RelayType {}", (*word)->word);
    if (!(*word)->deprecated.empty()) {
        report_.warn(
            directive->line,
            fmt::format("RelayType: {} is deprecated: {}", (*word)->word, (*word)->deprecated));
    }
}

// Miredo went on with a facility that doesn't exist, so it can't stop a start here either.
void ClassicReader::read_syslog_facility(Configuration& configuration) {
    const Directive* const directive = directives_.take("SyslogFacility");
    if (directive == nullptr) {
        return;
    }
    if (const ParsedValue<std::uint8_t> value = parse_syslog_facility(directive->value)) {
        configuration.syslog_facility = *value;
    } else {
        report_.warn(directive->line,
                     fmt::format("SyslogFacility: {}; daemon is used", value.error()));
    }
}

void ClassicReader::read_prefix() {
    read_into<std::uint16_t>(mtu_, "InterfaceMTU", parse_mtu);
    if (const std::optional<PrefixValue> value = read<PrefixValue>("Prefix", parse_teredo_prefix)) {
        prefix_ = value->prefix;
        const Directive* const directive = directives_.take("Prefix");
        if (value->has_more_bits) {
            report_.warn(directive->line,
                         fmt::format("Prefix: only the first 32 bits of {} count: {}",
                                     shown(directive->value),
                                     prefix_.to_string()));
        }
    }
}

TunnelConfiguration ClassicReader::read_tunnel() {
    TunnelConfiguration tunnel;
    read_into<std::string>(tunnel.interface_name, "InterfaceName", parse_interface_name);
    read_into<std::string>(tunnel.bind_address, "BindAddress", parse_bind_address);
    read_into<std::uint16_t>(tunnel.port, "BindPort", parse_port);
    return tunnel;
}

ClientConfiguration ClassicReader::read_client(TunnelConfiguration tunnel) {
    ClientConfiguration client;
    client.tunnel = std::move(tunnel);
    read_client_servers(client);
    if (const std::optional<bool> value = read<bool>("DefaultRoute", parse_boolean)) {
        client.default_route = *value;
        report_.warn(
            directives_.take("DefaultRoute")->line,
            fmt::format("DefaultRoute: deprecated, Miredo has ignored it since 0.8.2; here "
                        "it makes the client run {} default route",
                        *value ? "with its" : "without a"));
    }
    return client;
}

void ClassicReader::read_client_servers(ClientConfiguration& client) {
    if (!server_name_.empty()) {
        read_server_name(client.server);
        skip_for_server_name("ServerAddress");
        skip_for_server_name("ServerAddress2");
        return;
    }
    read_into<std::string>(client.server, "ServerAddress", parse_server);
    read_into<std::string>(client.secondary_server, "ServerAddress2", parse_server);
    if (type_) {
        require("ServerAddress",
                "a client needs the name or address of a Teredo server, in the file or on the "
                "command line");
    }
    if (!client.server.empty() && equal_ignoring_case(client.server, client.secondary_server)) {
        client.secondary_server.clear();
        report_.warn(directives_.take("ServerAddress2")->line,
                     "ServerAddress2: the same as ServerAddress, ignored: expected the server's "
                     "other address");
    }
}

RelayConfiguration ClassicReader::make_relay(TunnelConfiguration tunnel) const {
    RelayConfiguration relay;
    relay.tunnel = std::move(tunnel);
    relay.tunnel.mtu = mtu_;
    relay.prefix = prefix_;
    relay.mode =
        type_ == RelayType::kRestricted ? teredo::RelayMode::kRestricted : teredo::RelayMode::kCone;
    return relay;
}

ServerConfiguration ClassicReader::read_server(bool name_replaces_addresses) {
    ServerConfiguration server;
    server.prefix = prefix_;
    server.advertised_mtu = mtu_;
    const bool is_named = name_replaces_addresses && !server_name_.empty();
    if (is_named) {
        read_server_name(server.address);
        skip_for_server_name("ServerBindAddress");
        skip_for_server_name("ServerBindAddress2");
    } else {
        read_server_addresses(server);
    }
    const std::optional<Ipv4Address> address = Ipv4Address::parse(server.address);
    const bool has_secondary = !is_named && directives_.contains("ServerBindAddress2");
    if (address && !has_secondary && !is_plausible_server(Ipv4Address{address->value() + 1})) {
        report_.error(
            0,
            fmt::format("ServerBindAddress2: missing, and the address after {} is not one "
                        "of a server",
                        server.address));
    }
    return server;
}

void ClassicReader::read_server_addresses(ServerConfiguration& server) {
    read_into<std::string>(server.address, "ServerBindAddress", parse_server);
    read_into<std::string>(server.secondary_address, "ServerBindAddress2", parse_server);
    require("ServerBindAddress", "a server needs an IPv4 address of this host");
    if (!server.address.empty() && equal_ignoring_case(server.address, server.secondary_address)) {
        report_.error(
            directives_.take("ServerBindAddress2")->line,
            fmt::format("ServerBindAddress2: {} is ServerBindAddress too, expected another "
                        "address of this host",
                        server.secondary_address));
    }
}

void ClassicReader::read_server_name(std::string& target) {
    ParsedValue<std::string> value = parse_server(server_name_);
    if (value) {
        target = std::move(*value);
    } else {
        report_.error_command_line("server name: " + value.error());
    }
}

void ClassicReader::skip_for_server_name(std::string_view name) {
    if (const Directive* const directive = directives_.take(name)) {
        report_.warn(directive->line,
                     fmt::format("{}: replaced by the server name of the command line", name));
    }
}

void ClassicReader::require(std::string_view name, std::string_view why) {
    if (!directives_.contains(name) && !may_miss_) {
        report_.error(0, fmt::format("{}: missing, {}", name, why));
    }
}

void ClassicReader::warn_unused() {
    if (!type_) {
        return;  // what counts depends on the role
    }
    for (const Directive& directive : directives_.unused()) {
        report_.warn(directive.line,
                     fmt::format("{}: has no effect {}, ignored", directive.name, role_));
    }
}

}  // namespace

Parsed parse_classic(std::string_view text,
                     const std::string& file,
                     ClassicProgram program,
                     const std::string& server_name) {
    Report report{file};
    Parsed parsed;
    const ClassicLines lines = split_classic(text, report);
    if (lines.is_classic) {
        parsed.configuration = ClassicReader{lines, server_name, report}.read(program);
    }
    parsed.diagnostics = std::move(report).finish();
    return parsed;
}

Parsed
load_classic(const std::string& file, ClassicProgram program, const std::string& server_name) {
    const Expected<std::string> text = read_file(file);
    if (text) {
        return parse_classic(*text, file, program, server_name);
    }
    Error error = text.error();
    error.where.clear();  // the diagnostic has the path
    if (error.error_number == ENOENT && !server_name.empty()) {
        // The name says all that has no default.
        Parsed parsed = parse_classic({}, file, program, server_name);
        parsed.diagnostics.insert(
            parsed.diagnostics.begin(),
            {Severity::kWarning, file, 0, error.to_string() + "; defaults are used"});
        return parsed;
    }
    return {{}, {{Severity::kError, file, 0, error.to_string()}}};
}

}  // namespace miredo::config
