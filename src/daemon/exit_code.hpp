// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// How the program ends: sysexits(3) where they fit, as systemd and its units know them.
#pragma once

#include <cerrno>
#include <cstdint>

#include "base/error.hpp"

namespace miredo::daemon {

enum class ExitCode : std::uint8_t {
    kSuccess = 0,
    kFailure = 1,         // run time
    kUsage = 2,           // command line
    kUnavailable = 69,    // no tun device or no IPv6 in this kernel at all
    kNoPermission = 77,   // a privilege is missing
    kConfiguration = 78,  // the configuration is wrong
};

// For an error in making a device or a socket.
[[nodiscard]] constexpr ExitCode exit_code_for(int error_number) {
    switch (error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case EAFNOSUPPORT:
        return ExitCode::kUnavailable;
    case EPERM:
    case EACCES:
        return ExitCode::kNoPermission;
    default:
        return ExitCode::kFailure;
    }
}

}  // namespace miredo::daemon
