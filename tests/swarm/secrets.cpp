// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "swarm/secrets.hpp"

#include <algorithm>
#include <string>

#include "wire/ndp.hpp"
#include "wire/secure_qualification.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::swarm {
namespace {

std::vector<std::byte> to_bytes(const std::string& text) {
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

std::string key_of(Credential credential) {
    switch (credential) {
    case Credential::kCurrent:
        return "the present key of ";
    case Credential::kOutdated:
        return "the key before that of ";
    default:
        return "another key than that of ";
    }
}

}  // namespace

std::optional<teredo::SharedSecret> secret_of(std::size_t client, Credential credential) {
    if (credential == Credential::kNone) {
        return std::nullopt;
    }
    const std::string name = "client " + std::to_string(client);
    return teredo::SharedSecret{to_bytes(name), to_bytes(key_of(credential) + name)};
}

std::vector<teredo::SharedSecret> secrets_of_all(std::size_t clients) {
    std::vector<teredo::SharedSecret> secrets;
    for (std::size_t i = 0; i < clients; ++i) {
        secrets.push_back(*secret_of(i, Credential::kCurrent));
        secrets.push_back(*secret_of(i, Credential::kOutdated));
    }
    return secrets;
}

bool is_admitted(Credential credential, const ServerPlan& server) {
    if (credential == Credential::kNone) {
        return !server.requires_authentication;
    }
    return server.knows_secrets && credential != Credential::kWrong;
}

std::string_view judge_answer(const teredo::ServerSettings& server, Bytes datagram) {
    const auto parsed = wire::TeredoDatagram::parse(datagram);
    if (!parsed || !wire::is_valid_router_solicitation(parsed->packet)) {
        return {};
    }
    bool is_known = false;
    bool is_authentic = false;
    const auto& asked = parsed->authentication;
    for (const teredo::SharedSecret& secret : server.secrets) {
        if (asked && !asked->value.empty() &&
            equal(asked->client_identifier, secret.client_identifier)) {
            wire::HmacSha1 mac{secret.key};
            is_known = true;
            is_authentic = is_authentic || wire::is_authentic(mac, *parsed);
        }
    }
    if (is_known && !is_authentic) {
        return "an answer to who has a known name and not its key";
    }
    return is_authentic || !server.requires_authentication
               ? std::string_view{}
               : "an answer to who did not authenticate";
}

}  // namespace miredo::swarm
