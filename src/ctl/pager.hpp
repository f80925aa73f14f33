// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Long output on a terminal goes through a pager, as that of systemd's tools does.
#pragma once

#include <string_view>

namespace miredo::ctl {

// Shows `text` in $SYSTEMD_PAGER, $PAGER or less, without a shell. False where there is none: empty
// or `cat` in the first that is set, or it can't be started; nothing has been shown then.
[[nodiscard]] bool show_in_pager(std::string_view text);

}  // namespace miredo::ctl
