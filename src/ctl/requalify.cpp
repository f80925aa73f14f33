// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/pick.hpp"
#include "ctl/service.hpp"
#include "ctl/verbs.hpp"

namespace miredo::ctl {

// As systemctl's verbs it is silent where all went well.
Outcome<ExitStatus> run_requalify(const Options& options, const Output& /*output*/) {
    Outcome<Service> service = Service::connect();
    if (!service) {
        return Failure{service.error()};
    }
    const Outcome<Json> document = service->describe();
    if (!document) {
        return Failure{document.error()};
    }
    constexpr std::array<std::string_view, 1> kRoles{"client"};
    const Outcome<std::string> instance = pick_instance(*document, options.instance, kRoles);
    if (!instance) {
        return Failure{instance.error()};
    }
    const Outcome<void> done = service->requalify(*instance);
    if (!done) {
        return Failure{done.error()};
    }
    return ExitStatus::kOk;
}

}  // namespace miredo::ctl
