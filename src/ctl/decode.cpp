// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include <cstdio>

#include <fmt/format.h>

#include "ctl/address_text.hpp"
#include "ctl/verbs.hpp"

namespace miredo::ctl {

// Those that can be decoded are, whatever the others are; the last problem decides the exit status.
Outcome<ExitStatus> run_decode(const Options& options, const Output& output) {
    std::string text;
    Json addresses = Json::array();
    std::optional<Problem> problem;
    for (const std::string& word : options.words) {
        const Outcome<wire::TeredoAddress> address = parse_teredo_address(word);
        if (!address) {
            if (problem) {
                fmt::print(stderr, "miredoctl: {}\n", problem->message);
            }
            problem = address.error();
            continue;
        }
        text += (text.empty() ? "" : "\n") + address_text(*address, output.style());
        addresses.push_back(address_json(*address));
    }
    const bool has_printed = output.wants_json()
                                 ? output.print_json(addresses_json(std::move(addresses)))
                                 : output.print(text);
    if (problem) {
        return Failure{*problem};
    }
    return finished(has_printed);
}

}  // namespace miredo::ctl
