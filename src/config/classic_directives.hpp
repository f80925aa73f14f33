// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Every directive that Miredo ever had, and what a file says of each: the first occurrence wins.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "config/classic_lines.hpp"
#include "config/diagnostic.hpp"

namespace miredo::config {

struct KnownDirective {
    std::string_view name;
    // Not empty: the directive has no effect any more, and this is why or what replaces it.
    std::string_view obsolete = {};
};

inline constexpr std::array kDirectives{
    KnownDirective{"RelayType"},
    KnownDirective{"ServerAddress"},
    KnownDirective{"ServerAddress2"},
    KnownDirective{"ServerBindAddress"},
    KnownDirective{"ServerBindAddress2"},
    KnownDirective{"Prefix"},
    KnownDirective{"InterfaceMTU"},
    KnownDirective{"InterfaceName"},
    KnownDirective{"BindAddress"},
    KnownDirective{"BindPort"},
    KnownDirective{"DefaultRoute"},
    KnownDirective{"SyslogFacility"},
    KnownDirective{"LocalDiscovery",
                   "it is off unless LocalDiscovery= of a drop-in's [Client] switches it on"},
    KnownDirective{"DiscoveryInterfaces",
                   "local discovery knows its interfaces by itself; remove the line"},
    KnownDirective{"DiscoveryNetmask",
                   "local discovery knows its interfaces by itself; remove the line"},
    KnownDirective{"IgnoreConeBit", "the cone bit is always ignored (RFC 5991); remove the line"},
    KnownDirective{"CommandUp", "no commands are run, the daemon sets up the interface itself"},
    KnownDirective{"CommandDown", "no commands are run, the daemon cleans up the interface itself"},
};

// What the file says of one directive.
struct Directive {
    std::string_view name;   // as in kDirectives
    std::string_view value;  // borrowed from the text
    unsigned line = 0;       // 0: not in the file
    bool is_used = false;
};

class DirectiveSet {
  public:
    // Warns of unknown, obsolete and repeated directives.
    DirectiveSet(const std::vector<ClassicLine>& lines, Report& report);

    // `name` as in kDirectives.
    [[nodiscard]] bool contains(std::string_view name) const;
    // Marks the directive as used; nullptr where the file doesn't have it.
    [[nodiscard]] const Directive* take(std::string_view name);
    // Effective directives that nobody took, in the order of kDirectives.
    [[nodiscard]] std::vector<Directive> unused() const;

  private:
    void add(const ClassicLine& line, Report& report);

    std::array<Directive, kDirectives.size()> directives_{};
};

}  // namespace miredo::config
