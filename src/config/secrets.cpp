// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/secrets.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "config/file.hpp"
#include "config/text.hpp"

namespace miredo::config {
namespace {

constexpr std::size_t kMostBytes = 255;  // RFC 4380 §5.1.1: lengths of one byte
constexpr int kMostKeys = 2;             // the current one and the one before

constexpr bool is_printable(char c) {
    return c > ' ' && c <= '~';
}

bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() <= kMostBytes && text.front() != '#' &&
           std::all_of(text.begin(), text.end(), is_printable);
}

bool is_path(std::string_view source) {
    return source.find('/') != std::string_view::npos;
}

std::vector<std::byte> to_bytes(std::string_view text) {
    std::vector<std::byte> bytes;
    bytes.reserve(text.size());
    std::transform(text.begin(), text.end(), std::back_inserter(bytes), [](char c) {
        return static_cast<std::byte>(c);
    });
    return bytes;
}

// A place that may not be read (any more).
bool is_forbidden(const Error& error) {
    return error.error_number == EACCES || error.error_number == EPERM;
}

std::string remedy_for(const Error& error) {
    return is_forbidden(error) ? "Where miredo does not start as root, as in miredo.service, let "
                                 "LoadCredential=NAME:FILE load it and set Secret=NAME, or give "
                                 "the file to the user that it runs as"
                               : error.remedy;
}

// What a section's Secret= leads to.
class Place {
  public:
    Place(std::string_view section, std::string source, const SecretAccess& access)
        : section_{section}, source_{std::move(source)}, access_{access} {}

    [[nodiscard]] std::string path() const {
        return is_path(source_) ? source_ : access_.credentials_directory + '/' + source_;
    }

    [[nodiscard]] Expected<std::string> read() const {
        if (!is_path(source_) && access_.credentials_directory.empty()) {
            return Failure{Error{"there are no credentials, as only a service manager passes them",
                                 path(),
                                 0,
                                 "Set LoadCredential=NAME:FILE in the unit, or Secret= to the "
                                 "absolute path of a file"}};
        }
        // The service manager guards credentials in ways that a mode doesn't tell.
        return read_file(path(), {"file with the secret", is_path(source_), access_.user});
    }

    [[nodiscard]] Diagnostic diagnostic(Severity severity, Error error) const {
        error.remedy = remedy_for(error);
        error.where.clear();  // the diagnostic has it
        const bool is_known = is_path(source_) || !access_.credentials_directory.empty();
        return {severity,
                is_known ? path() : fmt::format("[{}]", section_),
                0,
                fmt::format("Secret: {}", error.to_string())};
    }

  private:
    std::string_view section_;
    std::string source_;
    const SecretAccess& access_;
};

// The server's file: the keys of its clients.
class ServerFile {
  public:
    explicit ServerFile(Report& report) : report_{report} {}

    void read(std::string_view text) {
        unsigned number = 0;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            read_line(++number, text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        if (secrets_.empty()) {
            report_.error(0, "there is no client in it, expected lines `identifier key`");
        }
    }
    [[nodiscard]] std::vector<teredo::SharedSecret> take() && { return std::move(secrets_); }

  private:
    void read_line(unsigned number, std::string_view line) {
        std::string_view key = line;
        const std::string_view identifier = take_word(key);
        if (identifier.empty() || identifier.front() == '#') {
            return;
        }
        key.remove_prefix(std::min(key.find_first_not_of(kBlanks), key.size()));
        if (line.ends_with('\r')) {
            report_.error(number, "the line ends in a carriage return, expected a newline alone");
        } else if (!is_identifier(identifier) || key.empty() || key.size() > kMostBytes) {
            report_.error(number,
                          fmt::format("this is no client, expected `identifier key`, both of 1 to "
                                      "{} bytes, the identifier without blanks",
                                      kMostBytes));
        } else if (++keys_[std::string{identifier}] > kMostKeys) {
            report_.error(number,
                          fmt::format("there are two keys of this client above, expected at most "
                                      "{}: the current one, then the one before",
                                      kMostKeys));
        } else {
            secrets_.push_back({to_bytes(identifier), to_bytes(key)});
        }
    }

    Report& report_;
    std::map<std::string, int> keys_;
    std::vector<teredo::SharedSecret> secrets_;
};

// Nothing where it can't be read, which `diagnostics` tells. `has_before`: what was read before may
// stay.
std::optional<std::string>
read_text(const Place& place, bool has_before, Diagnostics& diagnostics) {
    auto text = place.read();
    if (text) {
        return std::move(*text);
    }
    Error error = text.error();
    const bool stays = has_before && is_forbidden(error);
    if (stays) {
        error.what += ", so the secret that was read before stays in force";
    }
    diagnostics.push_back(
        place.diagnostic(stays ? Severity::kWarning : Severity::kError, std::move(error)));
    return std::nullopt;
}

std::string take_key(std::string text, const Place& place, Diagnostics& diagnostics) {
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    if (text.empty() || text.size() > kMostBytes) {
        diagnostics.push_back(place.diagnostic(
            Severity::kError,
            {fmt::format("{} bytes are no key, expected 1 to {}", text.size(), kMostBytes),
             {},
             0,
             {}}));
    }
    return text;
}

std::vector<teredo::SharedSecret>
take_clients(std::string_view text, const Place& place, Diagnostics& diagnostics) {
    Report report{place.path()};
    ServerFile file{report};
    file.read(text);
    for (Diagnostic& found : std::move(report).finish()) {
        diagnostics.push_back(std::move(found));
    }
    return std::move(file).take();
}

}  // namespace

ParsedValue<std::string> parse_client_identifier(std::string_view value) {
    if (!is_identifier(value)) {
        return Failure{fmt::format("{} is not a client identifier, expected 1 to {} printable "
                                   "characters without blanks, the first one no #",
                                   shown(value),
                                   kMostBytes)};
    }
    return std::string{value};
}

ParsedValue<std::string> parse_secret(std::string_view value) {
    const bool is_name = !is_path(value) && value != "." && value != "..";
    if (value.size() > kMostBytes || !std::all_of(value.begin(), value.end(), is_printable) ||
        !(is_name || value.starts_with('/'))) {
        return Failure{std::string{"this is neither the name of a credential nor an absolute path, "
                                   "and the secret itself must not stand here"}};
    }
    return std::string{value};
}

std::optional<teredo::SharedSecret> client_secret(const ClientConfiguration& client,
                                                  const Secrets& secrets) {
    if (client.secret.empty()) {
        return std::nullopt;
    }
    return teredo::SharedSecret{to_bytes(client.client_identifier), to_bytes(secrets.client_key)};
}

Secrets read_secrets(const Configuration& configuration,
                     const SecretAccess& access,
                     const Secrets& before,
                     Diagnostics& diagnostics) {
    Secrets secrets;
    if (configuration.client && !configuration.client->secret.empty()) {
        secrets.client_source = configuration.client->secret;
        const Place place{"Client", secrets.client_source, access};
        const bool has_before = secrets.client_source == before.client_source;
        auto text = read_text(place, has_before, diagnostics);
        secrets.client_key =
            text ? take_key(std::move(*text), place, diagnostics) : before.client_key;
    }
    if (configuration.server && !configuration.server->secret.empty()) {
        secrets.server_source = configuration.server->secret;
        const Place place{"Server", secrets.server_source, access};
        const bool has_before = secrets.server_source == before.server_source;
        const auto text = read_text(place, has_before, diagnostics);
        secrets.server = text ? take_clients(*text, place, diagnostics) : before.server;
    }
    return secrets;
}

}  // namespace miredo::config
