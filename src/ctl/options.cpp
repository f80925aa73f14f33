// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/options.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "config/section_values.hpp"
#include "ctl/leftovers.hpp"
#include "ctl/style.hpp"
#include "ctl/words.hpp"

namespace miredo::ctl {
namespace {

constexpr std::array<std::string_view, 13> kVerbs{"status",
                                                  "list",
                                                  "peers",
                                                  "stats",
                                                  "requalify",
                                                  "reload",
                                                  "decode",
                                                  "encode",
                                                  "config",
                                                  "monitor",
                                                  "wait",
                                                  "version",
                                                  "help"};
constexpr std::array<std::pair<std::string_view, JsonMode>, 3> kJsonModes{{
    {"short", JsonMode::kShort},
    {"pretty", JsonMode::kPretty},
    {"off", JsonMode::kOff},
}};
constexpr std::array<std::pair<std::string_view, ColorMode>, 3> kColorModes{{
    {"auto", ColorMode::kAuto},
    {"always", ColorMode::kAlways},
    {"never", ColorMode::kNever},
}};
constexpr std::array<std::pair<std::string_view, PeerOrder>, 4> kOrders{{
    {"last", PeerOrder::kLast},
    {"state", PeerOrder::kState},
    {"kind", PeerOrder::kKind},
    {"address", PeerOrder::kAddress},
}};
// The words of the D-Bus API (its XML): InstanceState, and State and Kind of a peer.
constexpr std::array<std::string_view, 8> kInstanceStates{
    "qualified", "running", "degraded", "probing", "resolving", "dormant", "failed", "starting"};
constexpr std::array<std::string_view, 5> kPeerStates{
    "direct", "relay", "probing", "idle", "failed"};
constexpr std::array<std::string_view, 2> kPeerKinds{"teredo", "native"};

class Parser {
  public:
    Parser() {
        app_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        app_.set_help_flag();
        app_.allow_extras();
        app_.require_subcommand(0, 1);
        app_.add_flag("-h,--help", help_);
        app_.add_flag("--version", version_);
        app_.add_option("--json", json_);
        app_.add_flag("-j", json_short_form_);
        app_.add_option("--color", color_);
        app_.add_flag("--no-legend", no_legend_);
        app_.add_flag("--no-pager", no_pager_);
        app_.add_flag("-l,--full", options_.full);
        add_reading_verbs();
        add_changing_verbs();
        add_local_verbs();
    }

    Outcome<Options> parse(std::span<const char* const> arguments) {
        try {
            app_.parse(prepared(arguments));
        } catch (const CLI::ParseError& error) {
            return Failure{usage_of(error)};
        }
        for (const auto& complaint :
             {check_leftovers(app_, kVerbs), take_values(), check_operands()}) {
            if (complaint && !help_ && !version_) {
                return Failure{*complaint};
            }
        }
        return options_;
    }

  private:
    CLI::App* add(std::string_view name, Verb verb) {
        CLI::App* sub = app_.add_subcommand(std::string{name});
        sub->fallthrough();
        sub->callback([this, verb] { options_.verb = verb; });
        return sub;
    }
    CLI::App* add_for_instance(std::string_view name, Verb verb) {
        CLI::App* sub = add(name, verb);
        sub->add_option("instance", options_.instance);
        return sub;
    }

    void add_reading_verbs() {
        CLI::App* status = add_for_instance("status", Verb::kStatus);
        status->add_option("-n,--lines", journal_lines_);
        status->add_flag("--check", options_.check);
        add("list", Verb::kList);
        CLI::App* peers = add_for_instance("peers", Verb::kPeers);
        peers->add_option("--sort", order_);
        peers->add_option("--state", options_.state);
        peers->add_option("--kind", options_.kind);
        peers->add_option("--limit", limit_);
        peers->add_flag("--all", options_.all);
        add_for_instance("stats", Verb::kStats)->add_flag("--all", options_.all);
        add("monitor", Verb::kMonitor);
        CLI::App* wait = add_for_instance("wait", Verb::kWait);
        wait->add_option("--state", options_.state);
        wait->add_option("--timeout", timeout_);
    }

    void add_changing_verbs() {
        add_for_instance("requalify", Verb::kRequalify);
        add("reload", Verb::kReload);
    }

    void add_local_verbs() {
        add("decode", Verb::kDecode)->add_option("address", options_.words);
        CLI::App* encode = add("encode", Verb::kEncode);
        encode->add_option("operand", options_.words);
        encode->add_option("--flags", flags_);
        for (CLI::Option* words : {encode->get_option("operand"),
                                   app_.get_subcommand("decode")->get_option("address")}) {
            words->multi_option_policy(CLI::MultiOptionPolicy::Throw)->expected(0, kMaxOperands);
        }
        CLI::App* config = add("config", Verb::kHelp);
        config->require_subcommand(0, 1);
        for (const auto& [name, verb] :
             {std::pair{"check", Verb::kConfigCheck}, std::pair{"show", Verb::kConfigShow}}) {
            CLI::App* sub = config->add_subcommand(name);
            sub->fallthrough();
            sub->add_option("file", options_.file);
            sub->callback([this, chosen = verb] { config_verb_ = chosen; });
        }
        add("version", Verb::kVersion);
        add("help", Verb::kHelp)->add_option("verb", options_.words);
    }

    // `--json` alone is `-j`; its value may stand apart, as that of any other option. CLI11 wants
    // them in reverse order.
    static std::vector<std::string> prepared(std::span<const char* const> arguments) {
        std::vector<std::string> result{arguments.begin(), arguments.end()};
        const auto end_of_options = std::find(result.begin(), result.end(), "--");
        for (auto word = result.begin(); word != end_of_options; ++word) {
            const bool has_value =
                word + 1 != end_of_options &&
                std::any_of(kJsonModes.begin(), kJsonModes.end(), [&](const auto& mode) {
                    return mode.first == *(word + 1);
                });
            if (*word == "--json" && !has_value) {
                *word = "-j";
            }
        }
        std::reverse(result.begin(), result.end());
        return result;
    }

    // What CLI11 finds by itself: an option without its value, or with one that it can't have.
    static Problem usage_of(const CLI::ParseError& error) {
        const std::string text{error.what()};
        const std::string option = text.substr(0, text.find_first_of(": "));
        if (error.get_name() == "ArgumentMismatch" && option.starts_with('-')) {
            return usage(fmt::format("option {} needs a value", in_quotes(option)));
        }
        return usage(printable(text));
    }

    std::optional<Problem> take_values() {
        options_.legend = !no_legend_;
        options_.pager = !no_pager_;
        if (json_short_form_) {
            options_.json = JsonMode::kAuto;
        }
        std::uint32_t lines = 0;
        for (const auto& complaint :
             {take_word("--json", json_, Words<JsonMode>{kJsonModes}, options_.json),
              take_word("--color", color_, Words<ColorMode>{kColorModes}, options_.color),
              take_word("--sort", order_, Words<PeerOrder>{kOrders}, options_.order),
              check_word("--kind", options_.kind, kPeerKinds),
              take_number("--limit", limit_, options_.limit),
              take_number("--flags", flags_, options_.flags),
              take_number("--lines", journal_lines_, lines),
              take_timeout()}) {
            if (complaint) {
                return complaint;
            }
        }
        if (!journal_lines_.empty()) {
            options_.journal_lines = lines;
        }
        return std::nullopt;
    }

    std::optional<Problem> take_timeout() {
        if (timeout_.empty()) {
            return std::nullopt;
        }
        if (timeout_ == "infinity") {
            options_.timeout.reset();
            return std::nullopt;
        }
        const config::ParsedValue<Duration> span = config::parse_time_span(timeout_);
        if (!span) {
            return usage("--timeout: " + span.error());
        }
        options_.timeout = *span;
        return std::nullopt;
    }

    // What depends on the verb.
    std::optional<Problem> check_operands() {
        if (config_verb_) {
            options_.verb = *config_verb_;
        } else if (app_.got_subcommand("config")) {
            return usage("config needs a verb of its own: check or show");
        }
        if (help_ || version_) {
            options_.verb = help_ ? Verb::kHelp : Verb::kVersion;
        }
        switch (options_.verb) {
        case Verb::kPeers:
            return check_word("--state", options_.state, kPeerStates);
        case Verb::kWait:
            return check_word("--state", options_.state, kInstanceStates);
        case Verb::kDecode:
            return options_.words.empty() ? std::optional{usage("decode needs an IPv6 address")}
                                          : std::nullopt;
        case Verb::kEncode:
            return options_.words.size() != 2
                       ? std::optional{usage(
                             "encode needs two arguments: the server's IPv4 address, and the "
                             "client's mapped address and port, as in 192.0.2.1 198.51.100.7:40000")}
                       : std::nullopt;
        default:
            return std::nullopt;
        }
    }

    static constexpr int kMaxOperands = 1 << 20;

    Options options_;
    bool help_ = false;
    bool version_ = false;
    bool json_short_form_ = false;
    bool no_legend_ = false;
    bool no_pager_ = false;
    std::string json_;
    std::string color_;
    std::string order_;
    std::string limit_;
    std::string flags_;
    std::string journal_lines_;
    std::string timeout_;
    std::optional<Verb> config_verb_;
    CLI::App app_;
};

}  // namespace

Outcome<Options> parse_options(std::span<const char* const> arguments) {
    return Parser{}.parse(arguments);
}

}  // namespace miredo::ctl
