// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/address_text.hpp"
#include "ctl/verbs.hpp"

namespace miredo::ctl {

Outcome<ExitStatus> run_encode(const Options& options, const Output& output) {
    const Outcome<wire::TeredoAddress> address =
        encode_address(options.words[0], options.words[1], options.flags);
    if (!address) {
        return Failure{address.error()};
    }
    if (output.wants_json()) {
        return finished(output.print_json(addresses_json(Json::array({address_json(*address)}))));
    }
    return finished(output.print(address->to_ipv6().to_string() + '\n'));
}

}  // namespace miredo::ctl
