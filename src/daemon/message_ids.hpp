// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The kinds of messages by which the journal can be searched: `journalctl MESSAGE_ID=…`. They are
// stable: an id is made once with `systemd-id128 new`, is never changed and never used again.
// systemd/miredo.catalog explains each to the reader of `journalctl -x`; it names the fields that a
// kind always has.
//
// Every message of an instance has MIREDO_INSTANCE; every error behind which there is a system call
// has ERRNO.
#pragma once

#include "daemon/log_record.hpp"

namespace miredo::daemon::message {

// An instance has its sockets and its device and carries packets. INTERFACE where it has one.
inline constexpr MessageKind kStarted{"452f44df5bf14cfd894b88a168950104", Level::kInfo};

// An instance has ended and taken everything of it off the host.
inline constexpr MessageKind kStopped{"2191e1f80ace4f4b9a2ca100ea1b40ab", Level::kInfo};

// An instance's state is another: MIREDO_STATE, a word of the D-Bus property State; MIREDO_REASON
// where there is something to explain. A warning where it is a change for the worse.
inline constexpr MessageKind kStateChanged{"199f2dedbc4a4d7fb194099aff4f6563", Level::kInfo};

// The client has a Teredo address: MIREDO_ADDRESS (IPv6), MIREDO_SERVER (IPv4), MIREDO_MAPPED (IPv4
// and port, what the NAT made of us).
inline constexpr MessageKind kAddressLearnt{"2b86ce59def64bd28c07bf59e310aacc", Level::kInfo};

// The client's Teredo address is no longer valid. MIREDO_ADDRESS where it is still known.
inline constexpr MessageKind kAddressLost{"80891da30256415bad7c8f8950bb5ae2", Level::kWarning};

// What the client can tell of the NAT before it: MIREDO_NAT_TYPE, a word of the D-Bus property
// NatType.
inline constexpr MessageKind kNatTypeLearnt{"085e67892a1f454a952f320426aa4223", Level::kInfo};

// The client's host has got IPv6 by other means, or lost it: MIREDO_NATIVE_IPV6, "yes" or "no".
inline constexpr MessageKind kNativeIpv6{"914936e67c504255bc18be2e87322c79", Level::kInfo};

// The client's server accepts its key but has a newer one (RFC 4380 §5.2.2, confirmation byte).
inline constexpr MessageKind kKeyOutdated{"987d4162cd9149e7b870448631d722bc", Level::kWarning};

// The host name MIREDO_SERVER of the configuration has no IPv4 address, or no name server answers:
// MIREDO_RETRY_SEC, seconds until the next try.
inline constexpr MessageKind kNameNotResolved{"f244c7c98bed49ac8694dcd05ef47493", Level::kWarning};

// What a configuration file says can't be used: CONFIG_FILE, and CONFIG_LINE (from 1) unless it is
// about the file as a whole.
inline constexpr MessageKind kConfigurationError{"75c74e4371cb4d5599496ef742bd6151", Level::kError};

// Something in a configuration file is without effect or not as meant. Fields as before.
inline constexpr MessageKind kConfigurationWarning{"2e4a9396347f4c63b1c002cb5dca2e9e",
                                                   Level::kWarning};

// The configuration has been read again and is in force.
inline constexpr MessageKind kConfigurationReloaded{"6ad90712c6394b5cba924751f1835b2a",
                                                    Level::kInfo};

// The configuration has been read again and has errors: the old one stays in force.
inline constexpr MessageKind kReloadRefused{"07576c0ce72145a1942d35eb6d9a6c3e", Level::kWarning};

// The configuration has been read again; MIREDO_SETTINGS, names with commas, take effect with the
// next start only.
inline constexpr MessageKind kRestartNeeded{"c352c94fdcf7464993a6fcae93431806", Level::kWarning};

// Something that can heal by itself went wrong: MIREDO_RETRY_SEC, seconds until the next try.
inline constexpr MessageKind kTryingAgain{"d079def53c4e406a90b0d67dda797e04", Level::kWarning};

// There is no system bus, it refused us or it went away: the daemon goes on without and tries
// again.
inline constexpr MessageKind kBusNotAvailable{"9dd3d857214b42f7bc54b5a44db1d3be", Level::kWarning};

// Another process has the name on the bus: MIREDO_OWNER_PID, or "unknown". The daemon goes on
// without a bus.
inline constexpr MessageKind kBusNameTaken{"b978a770ee6b4dbca4dcd7a5a62bf1ab", Level::kWarning};

// No rule of the firewall mentions the device or its group: INTERFACE.
inline constexpr MessageKind kNoFirewallRule{"4112bddf6c194cd2b3e8658fef0f97aa", Level::kWarning};

// The daemon can't start or can't go on, and ends.
inline constexpr MessageKind kCannotGoOn{"6c7481f2e8d541ad977c72456eb6c82d", Level::kError};

// Lines came faster than they could be written: MIREDO_LOST, how many are missing.
inline constexpr MessageKind kLinesLost{"355bb3cf9b564afda6fd14a90c34b002", Level::kWarning};

// What an instance has done, when it ends.
inline constexpr MessageKind kStatistics{"800451950be747e78ed29d8bf40c04aa", Level::kInfo};

// The daemon was started by hand without root, and there is no broker service: it does what the
// capabilities it was given allow.
inline constexpr MessageKind kNotStartedAsRoot{"366f867de3fd4910a361090dd30e0b9a", Level::kWarning};

}  // namespace miredo::daemon::message
