// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/section_reader.hpp"

#include <optional>

#include <fmt/format.h>

#include "base/ipv4_address.hpp"
#include "config/values.hpp"
#include "wire/ipv4_filter.hpp"

namespace miredo::config {
namespace {

// systemd.syntax(7): sections and keys of somebody else's.
constexpr std::string_view kForeign = "X-";

}  // namespace

std::string Origin::to_string() const {
    return line == 0 ? report->file() : fmt::format("{}:{}", report->file(), line);
}

SectionReader::SectionReader(Configuration& configuration, Report& base)
    : configuration_{configuration} {
    for (const Section& section : sections()) {
        if (section.exists(configuration)) {
            headers_.emplace(section.name, Origin{&base, 0});
        }
    }
}

void SectionReader::read(std::string_view text, Report& report) {
    section_ = nullptr;
    SectionLexer lexer{text, report};
    while (const std::optional<SectionLine> line = lexer.next()) {
        if (line->key.empty()) {
            read_header(*line, report);
        } else if (section_ != nullptr && !line->key.starts_with(kForeign)) {
            read_assignment(*line, report);
        }
    }
}

void SectionReader::read_header(const SectionLine& line, Report& report) {
    section_ = find_section(line.section);
    if (section_ != nullptr) {
        section_->create(configuration_);
        headers_.emplace(section_->name, Origin{&report, line.number});
        has_read_section_ = true;
    } else if (line.section == "Isatap") {
        report.warn(line.number, "[Isatap]: not supported by this version, section ignored");
    } else if (!line.section.starts_with(kForeign)) {
        report.warn(line.number,
                    fmt::format("[{}]: unknown section, ignored{}",
                                shown(line.section),
                                hint_for_section(line.section)));
    }
}

void SectionReader::read_assignment(const SectionLine& line, Report& report) {
    const Key* const key = find_key(*section_, line.key);
    if (key == nullptr) {
        report.warn(line.number,
                    fmt::format("{}: unknown key in [{}], ignored{}",
                                shown(line.key),
                                section_->name,
                                hint_for_key(*section_, line.key)));
        return;
    }
    Assignment& assignment = assignments_[key];
    assignment.origin = {&report, line.number};
    const Outcome outcome = key->assign(configuration_, line.value);
    if (outcome.kind == Outcome::Kind::kError) {
        assignment.is_bad = true;
        report.error(line.number, fmt::format("{}: {}", key->name, outcome.message));
    } else if (outcome.kind == Outcome::Kind::kWarning) {
        report.warn(line.number, fmt::format("{}: {}", key->name, outcome.message));
    }
}

const SectionReader::Assignment* SectionReader::find(std::string_view section,
                                                     std::string_view key) const {
    const auto found = assignments_.find(find_key(*find_section(section), key));
    return found == assignments_.end() ? nullptr : &found->second;
}

const Origin* SectionReader::origin_of(std::string_view section, std::string_view key) const {
    const Assignment* const assignment = find(section, key);
    return assignment == nullptr ? nullptr : &assignment->origin;
}

void SectionReader::forget(std::string_view section, std::string_view key) {
    assignments_.erase(find_key(*find_section(section), key));
}

void SectionReader::check() {
    if (configuration_.client && configuration_.relay) {
        const Origin& client = headers_.at("Client");
        const Origin& relay = headers_.at("Relay");
        relay.report->error(relay.line,
                            fmt::format("[Relay]: excludes [Client], which is in {}; expected only "
                                        "one of them",
                                        client.to_string()));
    }
    if (configuration_.client) {
        check_client();
    }
    if (configuration_.server) {
        check_server();
    }
}

void SectionReader::check_client() {
    const ClientConfiguration& client = *configuration_.client;
    const bool allow = client.tunnel.allow_private_addresses;
    require("Client",
            "Server",
            !client.server.empty(),
            "a client needs the name or address of a Teredo server");
    check_public("Client", "Server", client.server, allow);
    check_public("Client", "Server", client.secondary_server, allow);
    require("Client",
            "Secret",
            client.client_identifier.empty() || !client.secret.empty(),
            "ClientIdentifier= alone authenticates nobody");
    require("Client",
            "ClientIdentifier",
            client.secret.empty() || !client.client_identifier.empty(),
            "by it the server finds the key");
}

void SectionReader::check_server() {
    const ServerConfiguration& server = *configuration_.server;
    require("Server",
            "Secret",
            !server.require_authentication || !server.secret.empty(),
            "RequireAuthentication=yes without it would refuse everybody");
    check_server_addresses();
}

void SectionReader::check_server_addresses() {
    const ServerConfiguration& server = *configuration_.server;
    require("Server", "Address", !server.address.empty(), "a server needs an address of this host");
    check_public("Server", "Address", server.address, server.allow_private_addresses);
    check_public(
        "Server", "SecondaryAddress", server.secondary_address, server.allow_private_addresses);
    const Origin* const secondary = origin_of("Server", "SecondaryAddress");
    if (secondary != nullptr && !server.address.empty() &&
        equal_ignoring_case(server.address, server.secondary_address)) {
        secondary->report->error(
            secondary->line,
            fmt::format("SecondaryAddress: {} is Address too, expected another address of this "
                        "host, or none",
                        server.secondary_address));
    }
    const Origin* const address = origin_of("Server", "Address");
    const std::optional<Ipv4Address> primary = Ipv4Address::parse(server.address);
    if (address != nullptr && primary && server.secondary_address.empty() &&
        !server.single_address && !is_plausible_server(Ipv4Address{primary->value() + 1})) {
        address->report->error(address->line,
                               fmt::format("Address: the one after {} is not one of a server, "
                                           "expected SecondaryAddress= with another, or none",
                                           server.address));
    }
}

void SectionReader::require(std::string_view section,
                            std::string_view key,
                            bool is_there,
                            std::string_view why) {
    const Assignment* const assignment = find(section, key);
    if (is_there || (assignment != nullptr && assignment->is_bad)) {
        return;
    }
    const Origin& header = headers_.at(section);
    // From a classic file alone: its reader has said it.
    if (header.line == 0 && assignment == nullptr) {
        return;
    }
    const Origin& where = assignment == nullptr ? header : assignment->origin;
    where.report->error(where.line, fmt::format("[{}]: {}= is missing, {}", section, key, why));
}

// The daemon would refuse the address at run time; here it is known which line has it. What stands
// in a classic file is none of our business: that form can't allow it.
void SectionReader::check_public(std::string_view section,
                                 std::string_view key,
                                 const std::string& address,
                                 bool allow_private_addresses) const {
    const Origin* const origin = origin_of(section, key);
    const std::optional<Ipv4Address> parsed = Ipv4Address::parse(address);
    const wire::Ipv4Filter filter{allow_private_addresses, {}};
    if (origin != nullptr && parsed && !filter.is_usable(*parsed)) {
        origin->report->error(origin->line,
                              fmt::format("{}: {} is not a public address, expected one, or "
                                          "AllowPrivateAddresses=yes",
                                          key,
                                          address));
    }
}

}  // namespace miredo::config
