// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "miredo/checkconf.hpp"

#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "config/configuration.hpp"
#include "config/diagnostic.hpp"
#include "config/load.hpp"
#include "config/values.hpp"

namespace miredo {
namespace {

config::ClassicProgram reader_of(std::string_view file) {
    const std::string_view name = file.substr(file.rfind('/') + 1);
    return name.starts_with(program_name(Program::kMiredoServer))
               ? config::ClassicProgram::kMiredoServer
               : config::ClassicProgram::kMiredo;
}

class NameCheck {
  public:
    NameCheck(const std::string& file,
              const ResolveName& resolve,
              std::vector<std::string>& messages)
        : file_{file}, resolve_{resolve}, messages_{messages} {}

    // `value`: an IPv4 address, a name, or empty.
    void server(std::string_view directive, const std::string& value) {
        const std::optional<Ipv4Address> address = resolve(directive, value);
        if (address && !config::is_plausible_server(*address)) {
            say(directive,
                value,
                fmt::format("is {}, not the address of a server", address->to_string()));
        }
    }

    void local(std::string_view directive, const std::string& value) {
        static_cast<void>(resolve(directive, value));
    }

  private:
    std::optional<Ipv4Address> resolve(std::string_view directive, const std::string& value) {
        if (value.empty() || Ipv4Address::parse(value)) {
            return std::nullopt;
        }
        const Expected<Ipv4Address> address = resolve_(value);
        if (!address) {
            say(directive, value, "cannot be resolved: " + address.error().to_string());
            return std::nullopt;
        }
        return *address;
    }

    void say(std::string_view directive, const std::string& value, std::string_view what) {
        messages_.push_back(fmt::format("{}: error: {}: {} {}", file_, directive, value, what));
    }

    const std::string& file_;
    const ResolveName& resolve_;
    std::vector<std::string>& messages_;
};

// What the main file's form calls them.
struct Names {
    const char* client_server;
    const char* client_secondary;
    const char* server_address;
    const char* server_secondary;
};

constexpr Names kClassicNames{
    "ServerAddress", "ServerAddress2", "ServerBindAddress", "ServerBindAddress2"};
constexpr Names kSectionNames{"Server", "Server", "Address", "SecondaryAddress"};

void check_names(const config::Configuration& configuration, const Names& names, NameCheck check) {
    if (configuration.client) {
        check.server(names.client_server, configuration.client->server);
        check.server(names.client_secondary, configuration.client->secondary_server);
        check.local("BindAddress", configuration.client->tunnel.bind_address);
    }
    if (configuration.relay) {
        check.local("BindAddress", configuration.relay->tunnel.bind_address);
    }
    if (configuration.server) {
        check.server(names.server_address, configuration.server->address);
        check.server(names.server_secondary, configuration.server->secondary_address);
    }
}

}  // namespace

CheckconfResult check_configuration(const CommandLine& command_line, const ResolveName& resolve) {
    CheckconfResult result{command_line.complaints};
    const std::string& file = command_line.configuration_file;
    const config::Parsed parsed = config::load(config::sources_for(file), reader_of(file));
    for (const config::Diagnostic& diagnostic : parsed.diagnostics) {
        result.messages.push_back(diagnostic.to_string());
    }
    const Names& names = parsed.is_classic ? kClassicNames : kSectionNames;
    check_names(parsed.configuration, names, NameCheck{file, resolve, result.messages});
    return result;
}

}  // namespace miredo
