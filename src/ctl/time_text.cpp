// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/time_text.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include <fmt/format.h>

namespace miredo::ctl {
namespace {

struct Unit {
    std::int64_t seconds;
    std::string_view name;
};

constexpr std::array kUnits{
    Unit{86400, "d"},
    Unit{3600, "h"},
    Unit{60, "min"},
    Unit{1, "s"},
};

std::string formatted(std::uint64_t usec, const char* format) {
    const auto seconds = static_cast<std::time_t>(usec / 1'000'000U);
    std::tm local{};
    if (localtime_r(&seconds, &local) == nullptr) {
        return "-";
    }
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &local)};
}

}  // namespace

std::string span_text(Microseconds span) {
    const std::int64_t usec = std::max<std::int64_t>(span.count(), 0);
    if (usec < 1'000'000) {
        return usec == 0 ? "0s" : fmt::format("{}ms", std::max<std::int64_t>(usec / 1000, 1));
    }
    std::int64_t seconds = usec / 1'000'000;
    for (auto unit = kUnits.begin(); unit != kUnits.end(); ++unit) {
        if (seconds < unit->seconds) {
            continue;
        }
        std::string text = fmt::format("{}{}", seconds / unit->seconds, unit->name);
        const auto next = unit + 1;
        if (next != kUnits.end() && seconds % unit->seconds >= next->seconds) {
            text += fmt::format(" {}{}", seconds % unit->seconds / next->seconds, next->name);
        }
        return text;
    }
    return "0s";
}

std::string round_trip_text(Microseconds time) {
    const std::int64_t usec = std::max<std::int64_t>(time.count(), 0);
    return usec < 9'950 ? fmt::format("{:.1f} ms", static_cast<double>(usec) / 1000.0)
                        : fmt::format("{} ms", usec / 1000 + (usec % 1000 >= 500 ? 1 : 0));
}

std::string clock_text(std::uint64_t usec) {
    return formatted(usec, "%Y-%m-%d %H:%M:%S");
}

std::string short_clock_text(std::uint64_t usec) {
    return formatted(usec, "%b %d %H:%M:%S");
}

std::uint64_t realtime_usec() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<Microseconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count());
}

}  // namespace miredo::ctl
