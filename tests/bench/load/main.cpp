// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// The load that the benchmarks put on a server or a relay, inside their network namespaces.
//
//   bench-load solicit --to=SERVER:PORT --first=ADDRESS [--window=N]
//   bench-load bubbles --to=SERVER:PORT --first=ADDRESS [--window=N] [--rate=N]
//   bench-load up      --to=RELAY:PORT --first=ADDRESS --peers=N --server=ADDRESS --host=IPV6 LINK
//   bench-load down    --first=ADDRESS --peers=N --server=ADDRESS --sources=IPV6/32 LINK
//   bench-load flow    --source=IPV6 --host=IPV6 LINK
//   bench-load answer  [--port=PORT]
//
// All: --seconds=N, --count=N and --rate=N bound it, --port=PORT is the clients'. Prints one JSON
// object. LINK, --device=NAME --neighbour=MAC, is where frames go. The clients' addresses, from
// --first on, have to be local ones (`ip route add local`) for those who use sockets.
#include <iostream>
#include <string_view>
#include <vector>

#include "bench/load/peers.hpp"

namespace {

using miredo::bench::Options;
using miredo::bench::Tally;

struct Mode {
    std::string_view name;
    Tally (*run)(const Options& options);
};

constexpr Mode kModes[] = {
    {"solicit", miredo::bench::solicit},
    {"bubbles", miredo::bench::send_bubbles},
    {"up", miredo::bench::send_up},
    {"down", miredo::bench::send_down},
    {"flow", miredo::bench::send_flow},
    {"answer", miredo::bench::answer},
};

void print(const Tally& tally) {
    std::cout << "{\"sent\": " << tally.sent << ", \"refused\": " << tally.refused
              << ", \"answered\": " << tally.answered << ", \"lost\": " << tally.lost
              << ", \"seconds\": " << tally.seconds << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    for (const Mode& mode : kModes) {
        if (arguments.empty() || arguments.front() != mode.name) {
            continue;
        }
        const auto options = miredo::bench::parse_options(std::span{arguments}.subspan(1));
        if (!options) {
            return 2;
        }
        print(mode.run(*options));
        return 0;
    }
    std::cerr << "usage: bench-load solicit|bubbles|up|down|answer --name=value...\n";
    return 2;
}
