// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Micro-benchmarks: what one step on a packet's way takes, without the kernel. `bench-micro --help`
// lists the options of google-benchmark.
#include <memory_resource>

#include <benchmark/benchmark.h>

#include "io/huge_pages.hpp"
#include "teredo/peer_slab.hpp"

int main(int argc, char** argv) {
    // As the daemon keeps its peers.
    miredo::io::HugePages pages{miredo::teredo::PeerSlab::chunk_memory()};
    std::pmr::set_default_resource(&pages);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
