// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "fuzz/target.hpp"

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace miredo::fuzz {
namespace {

std::vector<Target>& list() {
    static std::vector<Target> targets;
    return targets;
}

}  // namespace

Registration::Registration(std::string_view name, Run run) {
    list().push_back({name, run});
}

std::span<const Target> targets() {
    return list();
}

void fail(const char* file, int line, std::string_view what, std::string_view detail) {
    static_cast<void>(std::fprintf(stderr,
                                   "%s:%d: does not hold: %.*s %.*s\n",
                                   file,
                                   line,
                                   static_cast<int>(what.size()),
                                   what.data(),
                                   static_cast<int>(detail.size()),
                                   detail.data()));
    std::abort();
}

}  // namespace miredo::fuzz
