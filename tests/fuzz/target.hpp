// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A fuzz target, written once: libFuzzer's entry point where it is built for that (meson option
// `fuzz`), otherwise an entry in the list that `replay` goes through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.hpp"

namespace miredo::fuzz {

using Run = void (*)(Bytes input);

struct Target {
    std::string_view name;
    Run run;
};

// Adds to targets(); by static initialisation, before main().
struct Registration {
    Registration(std::string_view name, Run run);
};
[[nodiscard]] std::span<const Target> targets();

// Says what does not hold, and where, and aborts: a finding. `what` and `detail` are short texts.
[[noreturn]] void
fail(const char* file, int line, std::string_view what, std::string_view detail = {});

}  // namespace miredo::fuzz

#define EXPECT_HOLDS(condition)                                                                    \
    ((condition) ? static_cast<void>(0) : ::miredo::fuzz::fail(__FILE__, __LINE__, #condition))

#ifdef MIREDO_LIBFUZZER
#define FUZZ_TARGET(name)                                                                          \
    static void run_##name(::miredo::Bytes input);                                                 \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t);                       \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {            \
        run_##name(std::as_bytes(std::span{data, size}));                                          \
        return 0;                                                                                  \
    }                                                                                              \
    static void run_##name(::miredo::Bytes input)
#else
#define FUZZ_TARGET(name)                                                                          \
    static void run_##name(::miredo::Bytes input);                                                 \
    static const ::miredo::fuzz::Registration registration_of_##name{#name, run_##name};           \
    static void run_##name(::miredo::Bytes input)
#endif
