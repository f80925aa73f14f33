// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/classic_directives.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "config/values.hpp"

namespace miredo::config {
namespace {

// kDirectives.size() for a name that isn't there.
std::size_t index_of(std::string_view name) {
    const auto* const found =
        std::find_if(kDirectives.begin(), kDirectives.end(), [name](const KnownDirective& known) {
            return equal_ignoring_case(known.name, name);
        });
    return static_cast<std::size_t>(std::distance(kDirectives.begin(), found));
}

}  // namespace

DirectiveSet::DirectiveSet(const std::vector<ClassicLine>& lines, Report& report) {
    for (const ClassicLine& line : lines) {
        add(line, report);
    }
}

void DirectiveSet::add(const ClassicLine& line, Report& report) {
    const std::size_t index = index_of(line.name);
    if (index == kDirectives.size()) {
        report.warn(line.number, fmt::format("{}: unknown directive, ignored", shown(line.name)));
        return;
    }
    const KnownDirective& known = kDirectives[index];
    Directive& directive = directives_[index];
    if (directive.line != 0) {
        report.warn(line.number,
                    fmt::format("{}: repeated with {}, ignored: line {} wins",
                                known.name,
                                shown(line.value),
                                directive.line));
        return;
    }
    directive = Directive{known.name, line.value, line.number, false};
    if (!known.obsolete.empty()) {
        directive.is_used = true;
        report.warn(line.number,
                    fmt::format("{}: obsolete, ignored: {}", known.name, known.obsolete));
    }
}

bool DirectiveSet::contains(std::string_view name) const {
    return directives_[index_of(name)].line != 0;
}

const Directive* DirectiveSet::take(std::string_view name) {
    Directive& directive = directives_[index_of(name)];
    if (directive.line == 0) {
        return nullptr;
    }
    directive.is_used = true;
    return &directive;
}

std::vector<Directive> DirectiveSet::unused() const {
    std::vector<Directive> result;
    std::copy_if(
        directives_.begin(),
        directives_.end(),
        std::back_inserter(result),
        [](const Directive& directive) { return directive.line != 0 && !directive.is_used; });
    return result;
}

}  // namespace miredo::config
