// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Secure qualification (RFC 4380 §5.2.2): ClientIdentifier= and Secret=, and the keys that Secret=
// leads to. No text that is made here has a key in it, nor what may be one by mistake.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"
#include "config/diagnostic.hpp"
#include "config/values.hpp"
#include "teredo/settings.hpp"

namespace miredo::config {

// 1 to 255 printable ASCII characters without blanks, the first one no `#`: what fits into a line
// of the server's file.
[[nodiscard]] ParsedValue<std::string> parse_client_identifier(std::string_view value);
// The name of a credential (systemd.exec(5)) or, with a slash, an absolute path.
[[nodiscard]] ParsedValue<std::string> parse_secret(std::string_view value);

// What has been read, and where from (as in the configuration).
struct Secrets {
    std::string client_source;
    std::string client_key;
    std::string server_source;
    std::vector<teredo::SharedSecret> server;

    friend bool operator==(const Secrets&, const Secrets&) = default;
};

// As the engine takes it; nothing without Secret=.
[[nodiscard]] std::optional<teredo::SharedSecret> client_secret(const ClientConfiguration& client,
                                                                const Secrets& secrets);

struct SecretAccess {
    std::string credentials_directory;  // $CREDENTIALS_DIRECTORY; empty: there is none
    // The user that the daemon runs as: beside root the only one who may own a file with a secret.
    std::uint32_t user = 0;
};

// Reads what the Secret= keys of `configuration` lead to: a client's key is the whole file but for
// one newline at its end, 1 to 255 bytes; a server's file has a client on each line, `identifier
// key`, where the key is all that follows the blanks, and comments with `#`. A file is refused
// unless it is for root or `access.user` alone. Errors and warnings are added to `diagnostics`.
//
// What was read `before` stays, with a warning, where it came from the same place and that may not
// be read any more, since the privileges to do so are gone.
[[nodiscard]] Secrets read_secrets(const Configuration& configuration,
                                   const SecretAccess& access,
                                   const Secrets& before,
                                   Diagnostics& diagnostics);

}  // namespace miredo::config
