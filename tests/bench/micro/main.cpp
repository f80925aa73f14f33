// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Micro-benchmarks: what one step on a packet's way takes, without the kernel. `bench-micro --help`
// lists the options of google-benchmark.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
