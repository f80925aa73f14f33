// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "config/load.hpp"

#include <cerrno>
#include <deque>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "config/file.hpp"
#include "config/section_reader.hpp"
#include "config/values.hpp"

namespace miredo::config {
namespace {

class Loader {
  public:
    Loader(const Sources& sources, ClassicProgram program, const std::string& server_name)
        : sources_{sources}, program_{program}, server_name_{server_name} {}

    Parsed load();

  private:
    [[nodiscard]] Expected<std::string> read(const std::string& path);
    void append(Diagnostics diagnostics);
    void read_main();
    void read_drop_ins(SectionReader& reader);
    void impose_server_name(SectionReader& reader);
    void replace_client_server(const std::string& name, SectionReader& reader);
    void replace_server_address(const std::string& name, SectionReader& reader);
    void replace(SectionReader& reader, const char* section, const char* key);
    void warn_no_effect(const char* section);
    Parsed finish();

    const Sources& sources_;
    ClassicProgram program_;
    const std::string& server_name_;
    Parsed parsed_;
    std::string main_text_;
    FileForm main_form_ = FileForm::kNothing;
    std::deque<Report> reports_;  // of the files with sections; addresses must last
};

Expected<std::string> Loader::read(const std::string& path) {
    Expected<std::string> text = read_file(path);
    if (text) {
        parsed_.files.push_back(path);
    }
    return text;
}

void Loader::append(Diagnostics diagnostics) {
    parsed_.diagnostics.insert(parsed_.diagnostics.end(),
                               std::make_move_iterator(diagnostics.begin()),
                               std::make_move_iterator(diagnostics.end()));
}

Diagnostic unreadable(const std::string& path, Error error) {
    error.where.clear();  // the diagnostic has the path
    return {Severity::kError, path, 0, error.to_string()};
}

void Loader::read_main() {
    const Expected<std::string> text = read(sources_.file);
    if (!text) {
        if (text.error().error_number != ENOENT) {
            parsed_.diagnostics.push_back(unreadable(sources_.file, text.error()));
        }
        return;
    }
    main_text_ = *text;
    main_form_ = form_of(main_text_);
    if (main_form_ == FileForm::kClassic) {
        Parsed classic = parse_classic(main_text_, sources_.file, program_, server_name_);
        parsed_.configuration = std::move(classic.configuration);
        append(std::move(classic.diagnostics));
    }
}

void Loader::read_drop_ins(SectionReader& reader) {
    for (const std::string& path :
         find_drop_ins(sources_.drop_in_directories, parsed_.diagnostics)) {
        const Expected<std::string> text = read(path);
        if (text) {
            reader.read(*text, reports_.emplace_back(path));
        } else {
            parsed_.diagnostics.push_back(unreadable(path, text.error()));
        }
    }
}

void Loader::replace(SectionReader& reader, const char* section, const char* key) {
    if (const Origin* const origin = reader.origin_of(section, key)) {
        reports_.back().warn_command_line(fmt::format(
            "server name {} replaces what {} says", shown(server_name_), origin->to_string()));
        reader.forget(section, key);
    }
}

void Loader::warn_no_effect(const char* section) {
    // The classic file's reader has said so already.
    if (main_form_ != FileForm::kClassic) {
        reports_.back().warn_command_line(
            fmt::format("server name {} has no effect without [{}]", shown(server_name_), section));
    }
}

void Loader::replace_client_server(const std::string& name, SectionReader& reader) {
    if (!parsed_.configuration.client) {
        warn_no_effect("Client");
        return;
    }
    replace(reader, "Client", "Server");
    parsed_.configuration.client->server = name;
    parsed_.configuration.client->secondary_server.clear();
}

void Loader::replace_server_address(const std::string& name, SectionReader& reader) {
    if (!parsed_.configuration.server) {
        warn_no_effect("Server");
        return;
    }
    replace(reader, "Server", "Address");
    parsed_.configuration.server->address = name;
    reader.forget("Server", "SecondaryAddress");
    parsed_.configuration.server->secondary_address.clear();
}

void Loader::impose_server_name(SectionReader& reader) {
    if (server_name_.empty()) {
        return;
    }
    const ParsedValue<std::string> name = parse_server(server_name_);
    if (!name) {
        if (main_form_ != FileForm::kClassic) {
            reports_.back().error_command_line("server name: " + name.error());
        }
    } else if (program_ == ClassicProgram::kMiredoServer) {
        replace_server_address(*name, reader);
    } else {
        replace_client_server(*name, reader);
    }
}

Parsed Loader::load() {
    read_main();
    Report& main = reports_.emplace_back(sources_.file);
    SectionReader reader{parsed_.configuration, main};
    if (main_form_ == FileForm::kSections) {
        reader.read(main_text_, main);
    }
    read_drop_ins(reader);
    parsed_.is_classic = main_form_ == FileForm::kClassic;
    if (parsed_.is_classic || reader.has_read_section()) {
        impose_server_name(reader);
        reader.check();
        return finish();
    }
    Parsed parsed = finish();
    if (has_errors(parsed.diagnostics)) {
        return parsed;
    }
    if (main_form_ == FileForm::kNothing && (parsed.files.empty() || !server_name_.empty())) {
        Parsed classic = load_classic(sources_.file, program_, server_name_);
        parsed.configuration = std::move(classic.configuration);
        parsed.is_classic = true;
        parsed.diagnostics.insert(
            parsed.diagnostics.end(), classic.diagnostics.begin(), classic.diagnostics.end());
        return parsed;
    }
    parsed.diagnostics.push_back(
        {Severity::kError,
         sources_.file,
         0,
         "nothing is configured, expected [Client] with Server=, [Relay], or [Server] with "
         "Address="});
    return parsed;
}

Parsed Loader::finish() {
    for (Report& report : reports_) {
        append(std::move(report).finish());
    }
    return std::move(parsed_);
}

}  // namespace

Parsed load(const Sources& sources, ClassicProgram program, const std::string& server_name) {
    return Loader{sources, program, server_name}.load();
}

}  // namespace miredo::config
