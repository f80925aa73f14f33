// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Which drop reasons the tests raise: `tests/run --coverage` wants to know that none is left out.
#pragma once

#include "teredo/status.hpp"

namespace miredo::invariants {

// Remembers what was dropped. When the program ends, the names are appended to the file that the
// environment variable MIREDO_DROP_RECORD names; without it nothing happens.
void record_drops(const teredo::Counters& counters);

}  // namespace miredo::invariants
