// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The whole configuration: the main file in either form, and drop-ins, which have sections, on top.
#pragma once

#include <string>

#include "config/classic.hpp"
#include "config/drop_ins.hpp"

namespace miredo::config {

// A main file without any section is a classic one: it must be complete, as ever, and drop-ins
// change what it says. One with sections, or with nothing but comments, or none at all, needs a
// [Client], [Relay] or [Server] in it or in a drop-in; without one it is read as an empty classic
// file where `server_name` says all that it would have to. `server_name` (of the command line,
// empty: none) replaces the server of the client, for miredo-server the addresses of the server.
[[nodiscard]] Parsed
load(const Sources& sources, ClassicProgram program, const std::string& server_name = {});

}  // namespace miredo::config
