// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The command line of miredoctl: arguments in, what is to be done out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "ctl/outcome.hpp"

namespace miredo::ctl {

// What is to be done. `config` is two of them.
enum class Verb : unsigned char {
    kStatus,
    kList,
    kPeers,
    kStats,
    kRequalify,
    kReload,
    kDecode,
    kEncode,
    kConfigCheck,
    kConfigShow,
    kMonitor,
    kWait,
    kVersion,
    kHelp,
};

enum class JsonMode : unsigned char {
    kOff,
    kAuto,  // -j: pretty on a terminal, else short
    kShort,
    kPretty,
};
enum class ColorMode : unsigned char { kAuto, kAlways, kNever };
// kAsIs: the daemon's own order.
enum class PeerOrder : unsigned char { kAsIs, kLast, kState, kKind, kAddress };

// The whole command line; what the verb doesn't know keeps its default.
struct Options {
    Verb verb = Verb::kStatus;

    // Everywhere.
    JsonMode json = JsonMode::kOff;
    ColorMode color = ColorMode::kAuto;
    bool legend = true;
    bool pager = true;
    bool full = false;  // nothing is cut to the terminal's width

    std::string instance;            // status, list …: empty for all, or for the one that fits
    std::string file;                // config
    std::vector<std::string> words;  // decode: addresses; encode: server and mapped endpoint
    std::uint16_t flags = 0;         // encode
    bool check = false;              // status
    std::optional<std::uint32_t> journal_lines;  // status
    bool all = false;                            // peers, stats
    PeerOrder order = PeerOrder::kAsIs;
    std::string state;           // peers, wait: empty for any, or the role's own goal
    std::string kind;            // peers
    std::uint64_t limit = 1000;  // peers
    std::optional<Duration> timeout = std::chrono::seconds{30};  // wait; nothing: for ever
};

inline constexpr const char* kDefaultConfigurationFile = "/etc/miredo/miredo.conf";

// `arguments` without the program's name. A problem is always a usage error.
[[nodiscard]] Outcome<Options> parse_options(std::span<const char* const> arguments);

}  // namespace miredo::ctl
