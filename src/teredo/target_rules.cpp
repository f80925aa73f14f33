// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/target_rules.hpp"

namespace miredo::teredo {

bool TargetRules::is_own_server(Endpoint endpoint) const {
    return endpoint.port == wire::kTeredoPort && servers_.has_value() &&
           (endpoint.address == servers_->primary || endpoint.address == servers_->secondary);
}

}  // namespace miredo::teredo
