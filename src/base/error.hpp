// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What went wrong, where, why, and what to do about it. Made where it happens, written out once, by
// the daemon's log.
#pragma once

#include <string>

#include "base/result.hpp"

namespace miredo {

struct Error {
    std::string what;      // "cannot create the tunnel device"
    std::string where;     // file:line, interface, address or path; may be empty
    int error_number = 0;  // errno, 0 where no system call is behind it
    std::string remedy;    // what the reader can do; may be empty

    // "teredo: cannot create the tunnel device: Operation not permitted. Run as root …"
    [[nodiscard]] std::string to_string() const;
};

template <typename T>
using Expected = Result<T, Error>;

}  // namespace miredo
