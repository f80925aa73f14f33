// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What is wrong with a configuration, and where: all of it in one run.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>
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

// Collects what is found in one file. Of each severity it keeps the first kKept and counts the
// rest, so that a file full of garbage can't fill the memory or the journal; warnings never push
// out errors.
class Report {
  public:
    static constexpr std::size_t kKept = 500;

    explicit Report(std::string file) : file_{std::move(file)} {}

    void warn(unsigned line, std::string message);
    void error(unsigned line, std::string message);
    // About an argument of the program instead of the file.
    void warn_command_line(std::string message);
    void error_command_line(std::string message);

    [[nodiscard]] const std::string& file() const { return file_; }

    // By line; what concerns the whole file comes last.
    [[nodiscard]] Diagnostics finish() &&;

  private:
    void add(Diagnostic diagnostic);

    std::string file_;
    Diagnostics diagnostics_;
    std::array<std::size_t, 2> found_{};  // by Severity
};

}  // namespace miredo::config
