// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// miredo-checkconf: everything that can be said of a configuration file without running it. Unlike
// the daemon it takes a warning, and a name that can't be resolved, for a failure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/ipv4_address.hpp"
#include "miredo/command_line.hpp"

namespace miredo {

// May block. Never called with an IPv4 address as text.
using ResolveName = std::function<Expected<Ipv4Address>(const std::string& name)>;

struct CheckconfResult {
    std::vector<std::string> messages;  // for stderr, a line each
    [[nodiscard]] int exit_status() const { return messages.empty() ? 0 : 255; }
};

// A file whose name begins with miredo-server is read as miredo-server reads it.
[[nodiscard]] CheckconfResult check_configuration(const CommandLine& command_line,
                                                  const ResolveName& resolve);

}  // namespace miredo
