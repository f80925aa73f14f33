// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Runs every file of a target's corpus through it, and a few mutations of each, always the same: an
// ordinary test of all that fuzzing has found worth keeping.
//
//   fuzz_replay CORPUS            each directory of CORPUS is a target's
//   fuzz_replay TARGET FILE…      a finding, alone
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/target.hpp"

namespace miredo::fuzz {
namespace {

using Buffer = std::vector<std::byte>;

// How many of each input, so that every target takes about a second with the sanitizers.
int mutations_of(std::string_view target) {
    if (target == "client" || target == "relay" || target == "server") {
        return 2;
    }
    return target == "configuration" ? 8 : 256;
}

const Target* find_target(std::string_view name) {
    for (const Target& target : targets()) {
        if (target.name == name) {
            return &target;
        }
    }
    return nullptr;
}

Buffer read_file(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::vector<char> text{std::istreambuf_iterator<char>{file}, {}};
    Buffer bytes(text.size());
    std::transform(
        text.begin(), text.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
    return bytes;
}

// In memory of exactly its size, that a sanitizer sees the first byte read beyond it.
void run(const Target& target, const Buffer& input) {
    const auto exact = std::make_unique<std::byte[]>(input.size());
    std::copy(input.begin(), input.end(), exact.get());
    target.run(Bytes{exact.get(), input.size()});
}

class Mutator {
  public:
    void mutate(Buffer& input) {
        if (input.empty()) {
            return;
        }
        const std::size_t at = next() % input.size();
        const auto position = input.begin() + static_cast<std::ptrdiff_t>(at);
        switch (next() % 4) {
        case 0:
            input.resize(at);
            return;
        case 1:
            input.insert(position, static_cast<std::byte>(next()));
            return;
        case 2:
            input[at] ^= static_cast<std::byte>(1U << next() % 8);
            return;
        default:
            input[at] = static_cast<std::byte>(next());
        }
    }

  private:
    std::uint64_t next() {  // xorshift64*
        state_ ^= state_ >> 12U;
        state_ ^= state_ << 25U;
        state_ ^= state_ >> 27U;
        return (state_ * 0x2545F4914F6CDD1DU) >> 33U;
    }

    std::uint64_t state_ = 3544;
};

std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::size_t replay(const Target& target, const std::filesystem::path& directory) {
    Mutator mutator;
    const auto files = files_in(directory);
    for (const auto& file : files) {
        const Buffer original = read_file(file);
        run(target, original);
        Buffer input = original;
        for (int i = mutations_of(target.name); i > 0; --i) {
            // A few steps away, then from the beginning again.
            input = i % 4 == 0 ? original : input;
            mutator.mutate(input);
            run(target, input);
        }
    }
    return files.size();
}

// False where a target has nothing to replay.
bool replay_all(const std::filesystem::path& corpus) {
    bool is_complete = true;
    for (const Target& target : targets()) {
        const std::filesystem::path directory = corpus / target.name;
        const std::size_t files =
            std::filesystem::is_directory(directory) ? replay(target, directory) : 0;
        std::printf("%-14s %zu inputs\n", std::string{target.name}.c_str(), files);
        is_complete = is_complete && files > 0;
    }
    return is_complete && !targets().empty();
}

}  // namespace
}  // namespace miredo::fuzz

int main(int count, char** arguments) {
    using namespace miredo::fuzz;
    if (count == 2) {
        return replay_all(arguments[1]) ? 0 : 1;
    }
    const Target* const target = count > 2 ? find_target(arguments[1]) : nullptr;
    if (target == nullptr) {
        (void)std::fputs("usage: fuzz_replay CORPUS | TARGET FILE...\n", stderr);
        return 2;
    }
    for (int i = 2; i < count; ++i) {
        run(*target, read_file(arguments[i]));
    }
    return 0;
}
