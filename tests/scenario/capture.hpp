// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Captures of a scenario, and tests/conformance/check_pcap, which judges them from outside of the
// program. With MIREDO_PCAP=DIRECTORY the captures stay there, for Wireshark.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace miredo::scenario {

// A file that goes when the test is over, unless it was asked for.
class CaptureFile {
  public:
    explicit CaptureFile(const std::string& name) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread
        const char* const directory = std::getenv("MIREDO_PCAP");
        is_kept_ = directory != nullptr;
        path_ = is_kept_ ? std::filesystem::path{directory} / (name + ".pcap")
                         : std::filesystem::temp_directory_path() /
                               ("miredo-" + name + "-" + std::to_string(::getpid()) + ".pcap");
    }
    CaptureFile(const CaptureFile&) = delete;
    CaptureFile(CaptureFile&&) = delete;
    CaptureFile& operator=(const CaptureFile&) = delete;
    CaptureFile& operator=(CaptureFile&&) = delete;
    ~CaptureFile() {
        std::error_code error;
        if (!is_kept_) {
            std::filesystem::remove(path_, error);
        }
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
    bool is_kept_ = false;
};

// What the checker says of the file, and whether it is content.
[[nodiscard]] inline std::pair<std::string, bool> check_capture(const std::filesystem::path& file,
                                                                const std::string& options = "") {
    const std::string command =
        "python3 '" MIREDO_CHECK_PCAP "' '" + file.string() + "' " + options + " 2>&1";
    std::FILE* const checker = ::popen(command.c_str(), "r");
    if (checker == nullptr) {
        return {"the checker can not be started", false};
    }
    std::string said;
    std::array<char, 4096> part{};
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), checker)) {
        said.append(part.data(), size);
    }
    return {said, ::pclose(checker) == 0};
}

}  // namespace miredo::scenario
