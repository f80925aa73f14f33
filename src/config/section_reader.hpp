// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Files of the sections form, one over the other, into a configuration; then what only all of them
// together can tell.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/configuration.hpp"
#include "config/diagnostic.hpp"
#include "config/keys.hpp"
#include "config/section_lexer.hpp"

namespace miredo::config {

// Where something was said; only while its report lives.
struct Origin {
    Report* report = nullptr;
    unsigned line = 0;  // 0: the file as a whole

    [[nodiscard]] std::string to_string() const;  // "FILE:LINE"
};

class SectionReader {
  public:
    // `configuration` is borrowed; what it has already comes from the file of `base`.
    SectionReader(Configuration& configuration, Report& base);

    // Each assignment is checked, also one that a later one replaces. `report` must outlive this.
    void read(std::string_view text, Report& report);

    // True once a section that can be run has been read.
    [[nodiscard]] bool has_read_section() const { return has_read_section_; }
    // The last assignment of the key; nullptr: there is none.
    [[nodiscard]] const Origin* origin_of(std::string_view section, std::string_view key) const;

    // The key's value has come from elsewhere since.
    void forget(std::string_view section, std::string_view key);

    // What is missing, and what doesn't go together.
    void check();

  private:
    struct Assignment {
        Origin origin;
        bool is_bad = false;  // one of them, not only the last
    };

    void read_header(const SectionLine& line, Report& report);
    void read_assignment(const SectionLine& line, Report& report);
    [[nodiscard]] const Assignment* find(std::string_view section, std::string_view key) const;
    void check_client();
    void check_server();
    void check_server_addresses();
    void
    require(std::string_view section, std::string_view key, bool is_there, std::string_view why);
    void check_public(std::string_view section,
                      std::string_view key,
                      const std::string& address,
                      bool allow_private_addresses) const;

    Configuration& configuration_;
    std::map<std::string_view, Origin> headers_;  // first ones, by the names in sections()
    std::map<const Key*, Assignment> assignments_;
    const Section* section_ = nullptr;  // of the file's current header; none: skipped
    bool has_read_section_ = false;
};

}  // namespace miredo::config
