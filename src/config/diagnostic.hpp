// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What is wrong with a configuration, and where: all of it in one run.
#pragma once

#include <string>
#include <vector>

namespace miredo::config {

enum class Severity : unsigned char { kWarning, kError };

struct Diagnostic {
    Severity severity = Severity::kError;
    std::string file;
    unsigned line = 0;  // from 1; 0: the file as a whole
    std::string message;

    // "FILE:LINE: error: BindPort: 70000 is not a port, expected 0 to 65535"
    [[nodiscard]] std::string to_string() const;
};

using Diagnostics = std::vector<Diagnostic>;
[[nodiscard]] bool has_errors(const Diagnostics& diagnostics);

}  // namespace miredo::config
