// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/drop_ins.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace miredo::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDirectories[] = {"/etc/miredo/", "/run/miredo/", "/usr/lib/miredo/"};

bool is_drop_in(const std::string& name) {
    return name.front() != '.' && name.ends_with(".conf");
}

bool leads_to_null(const fs::path& path) {
    std::error_code ignored;
    return fs::is_character_file(path, ignored);
}

using Found = std::map<std::string, fs::path>;  // by file name

void add_directory(const std::string& directory, Found& found, Diagnostics& diagnostics) {
    std::error_code error;
    fs::directory_iterator entry{directory, error};
    while (!error && entry != fs::directory_iterator{}) {
        std::string name = entry->path().filename().string();
        if (is_drop_in(name)) {
            found.emplace(std::move(name), entry->path());
        }
        entry.increment(error);
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        diagnostics.push_back({Severity::kError,
                               directory,
                               0,
                               "cannot read the directory of drop-ins: " + error.message()});
    }
}

}  // namespace

Sources sources_for(std::string file) {
    const std::size_t slash = file.rfind('/');
    if (slash == std::string::npos || file.substr(0, slash) != kConfigurationDirectory) {
        std::string directory = file + ".d";
        return {std::move(file), {std::move(directory)}};
    }
    const std::string name = file.substr(slash + 1) + ".d";
    Sources sources{std::move(file), {}};
    for (const char* const directory : kDirectories) {
        sources.drop_in_directories.push_back(directory + name);
    }
    return sources;
}

std::vector<std::string> find_drop_ins(const std::vector<std::string>& directories,
                                       Diagnostics& diagnostics) {
    Found found;
    for (const std::string& directory : directories) {
        add_directory(directory, found, diagnostics);
    }
    std::vector<std::string> paths;
    for (const auto& [name, path] : found) {
        if (!leads_to_null(path)) {
            paths.push_back(path.string());
        }
    }
    return paths;
}

}  // namespace miredo::config
