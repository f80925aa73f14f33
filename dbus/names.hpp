// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The words of the D-Bus API org.miredo.Miredo1 that its XML can't hold: bus name, paths, errors,
// keys of dictionaries. They are stable: what is here once released never changes its meaning.
#pragma once

namespace miredo::dbus {

inline constexpr const char* kBusName = "org.miredo.Miredo1";
inline constexpr const char* kManagerPath = "/org/miredo/Miredo1";
// An instance is at this path and its name.
inline constexpr const char* kInstancePathPrefix = "/org/miredo/Miredo1/instance/";

namespace error {
inline constexpr const char* kNoSuchInstance = "org.miredo.Miredo1.Error.NoSuchInstance";
inline constexpr const char* kConfigurationInvalid =
    "org.miredo.Miredo1.Error.ConfigurationInvalid";
inline constexpr const char* kBusy = "org.miredo.Miredo1.Error.Busy";
inline constexpr const char* kAccessDenied = "org.freedesktop.DBus.Error.AccessDenied";
inline constexpr const char* kInvalidArgs = "org.freedesktop.DBus.Error.InvalidArgs";
}  // namespace error

// ListPeers: the keys of each peer; the first three may be in the filter, too. Times are ages:
// microseconds before the answer; absent where it has not happened.
namespace peer {
inline constexpr const char* kAddress = "Address";  // s
// s: "teredo" or "native".
inline constexpr const char* kKind = "Kind";
// s: "direct", "relay" (native, through a relay), "probing", "idle" or "failed".
inline constexpr const char* kState = "State";
// (sq): where it is reached, from outside its NAT; absent while unknown.
inline constexpr const char* kEndpoint = "Endpoint";
inline constexpr const char* kLastReceived = "LastReceivedUSec";        // t
inline constexpr const char* kLastTransmitted = "LastTransmittedUSec";  // t
inline constexpr const char* kQueuedPackets = "QueuedPackets";          // u
// u: bubbles or connectivity tests sent in the attempt under way.
inline constexpr const char* kAttempts = "Attempts";
}  // namespace peer

// Peers in one answer of ListPeers, at most.
inline constexpr unsigned kLargestPage = 1000;

}  // namespace miredo::dbus
