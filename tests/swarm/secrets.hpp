// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Secure qualification (RFC 4380 §5.2.2) among random hosts: what each client has agreed on with
// the servers that know it, who gets an address by that, and which solicitations a server may
// answer.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "swarm/plan.hpp"
#include "teredo/settings.hpp"

namespace miredo::swarm {

// Of the client with this index; nothing for kNone.
[[nodiscard]] std::optional<teredo::SharedSecret> secret_of(std::size_t client,
                                                            Credential credential);
// Of all `clients`: the present keys and those before them.
[[nodiscard]] std::vector<teredo::SharedSecret> secrets_of_all(std::size_t clients);

// A client with this credential gets an address from such a server, whatever anybody else says.
[[nodiscard]] bool is_admitted(Credential credential, const ServerPlan& server);

// What is wrong with an answer to `datagram`, which the server has got; empty where nothing is. An
// answer is what goes back to where it came from.
[[nodiscard]] std::string_view judge_answer(const teredo::ServerSettings& server, Bytes datagram);

}  // namespace miredo::swarm
