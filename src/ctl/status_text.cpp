// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/status_text.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ctl/instance_view.hpp"
#include "ctl/time_text.hpp"

namespace miredo::ctl {
namespace {

using Text = std::optional<std::string>;

constexpr std::size_t kLabelWidth = 13;    // with nothing behind it
constexpr std::size_t kStateColumns = 34;  // then the age
constexpr std::string_view kGap = "        ";

Text span_of(const Json& object, std::string_view name) {
    const std::optional<std::uint64_t> usec = number(object, name);
    return usec ? Text{span_text(Microseconds{*usec})} : std::nullopt;
}

Text age_of(const Json& object, std::string_view name, std::uint64_t now_usec) {
    const std::optional<std::uint64_t> usec = number(object, name);
    if (!usec || *usec == 0) {
        return std::nullopt;
    }
    return span_text(Microseconds{now_usec > *usec ? now_usec - *usec : 0});
}

// Those of `parts` that are there.
std::string joined(const std::vector<Text>& parts, std::string_view separator) {
    std::vector<std::string> there;
    for (const Text& part : parts) {
        if (part) {
            there.push_back(*part);
        }
    }
    return fmt::format("{}", fmt::join(there, separator));
}

class Block {
  public:
    Block(const Json& instance, const Style& style, std::uint64_t now_usec)
        : instance_{instance}, style_{style}, now_usec_{now_usec} {}

    std::string to_string() && {
        add_head();
        if (text(instance_, "reason")) {
            add("State", text(instance_, "message"));
        }
        add_client(member(instance_, "client"));
        add_relay(member(instance_, "relay"));
        add_server(member(instance_, "server"));
        add_common();
        add_health();
        return std::move(text_);
    }

  private:
    void add_head() {
        const std::string name = text_or(instance_, "name");
        const std::string device = text_or(member(instance_, "interface"), "name");
        const std::string state = state_text(instance_, style_);
        const Mark mark = mark_of(instance_, style_);
        const std::size_t used = display_width(state);
        const std::string fill(used < kStateColumns ? kStateColumns - used : 1, ' ');
        const std::string age = age_of(instance_, "since_usec", now_usec_).value_or("");
        const std::string front = fmt::format("{} {:<13} {:<8} ", mark.glyph, name, device);
        // Cut first, painted then: an escape sequence must stay whole.
        std::string head = style_.line(front + state + (age.empty() ? "" : fill) + age);
        if (style_.color) {
            const std::string word = text_or(instance_, "state");
            if (head.size() > front.size() && head.compare(front.size(), word.size(), word) == 0) {
                head.replace(front.size(), word.size(), style_.paint(color_of_state(word), word));
            }
            head.replace(0, mark.glyph.size(), style_.paint(mark.color, mark.glyph));
        }
        text_ += head + '\n';
    }

    // A line, where there is something to say.
    void add(std::string_view label, const Text& value) {
        if (value && !value->empty()) {
            text_ += style_.line(fmt::format("{:>{}}: {}", label, kLabelWidth, *value)) + '\n';
        }
    }

    static Text labelled(std::string_view label, const Text& value) {
        return value ? Text{fmt::format("{}: {}", label, *value)} : std::nullopt;
    }

    void add_client(const Json& client) {
        if (!client.is_object()) {
            return;
        }
        const Text address = text(client, "address");
        const Text age = age_of(client, "address_since_usec", now_usec_);
        add("Address", address && age ? Text{fmt::format("{} (for {})", *address, *age)} : address);
        add_client_server(member(client, "server"));
        Text nat = text(client, "nat");
        if (nat) {
            std::replace(nat->begin(), nat->end(), '-', ' ');
        }
        add("NAT", nat);
        if (const Json& native = member(client, "native_ipv6"); native.is_boolean() && native) {
            add("Native IPv6", "present");
        }
    }

    void add_client_server(const Json& server) {
        const Text name = text(server, "name");
        Text addresses{joined({text(server, "address"), text(server, "secondary")}, ", ")};
        if (addresses->empty()) {
            addresses.reset();
        }
        Text who = name ? name : addresses;
        // A server that was given as an address has no other name.
        if (name && addresses && *name != *addresses) {
            who = fmt::format("{} ({})", *name, *addresses);
        }
        const std::optional<std::uint64_t> rtt = number(server, "rtt_usec");
        const Text reply = span_of(server, "last_reply_ago_usec");
        const std::string measured =
            joined({rtt ? Text{"rtt " + round_trip_text(Microseconds{*rtt})} : std::nullopt,
                    reply ? Text{fmt::format("last reply {} ago", *reply)} : std::nullopt},
                   ", ");
        add("Server", joined({who, measured.empty() ? std::nullopt : Text{measured}}, "  "));
    }

    void add_relay(const Json& relay) {
        add("Prefix", text(relay, "prefix"));
        add("Mode", text(relay, "mode"));
        const Json& served = member(relay, "served_prefixes");
        std::vector<Text> prefixes;
        for (const Json& prefix : served) {
            if (prefix.is_string()) {
                prefixes.emplace_back(printable(prefix.get<std::string>()));
            }
        }
        add("Serves", joined(prefixes, ", "));
    }

    void add_server(const Json& server) {
        add("Address", joined({text(server, "primary"), text(server, "secondary")}, ", "));
        add("Prefix", text(server, "prefix"));
        const std::optional<std::uint64_t> mtu = number(server, "advertised_mtu");
        add("MTU", mtu ? Text{fmt::format("{} (advertised)", *mtu)} : std::nullopt);
    }

    void add_common() {
        const Json& client = member(instance_, "client");
        add_pair("Local", endpoint(instance_, "local"), "Mapped", endpoint(client, "mapped"));
        const std::optional<std::uint64_t> mtu = number(member(instance_, "interface"), "mtu");
        add_pair("MTU",
                 mtu ? Text{std::to_string(*mtu)} : std::nullopt,
                 "Refresh",
                 span_of(client, "refresh_interval_usec"));
        const Json& peers = member(instance_, "peers");
        if (const std::optional<std::uint64_t> count = number(peers, "count")) {
            const std::optional<std::uint64_t> proven = number(peers, "proven");
            const std::optional<std::uint64_t> limit = number(peers, "limit");
            add("Peers",
                joined({Text{fmt::format("{}", *count)},
                        proven ? Text{fmt::format("({} proven)", *proven)} : std::nullopt,
                        limit ? Text{fmt::format("of at most {}", *limit)} : std::nullopt},
                       " "));
        }
        const std::optional<std::uint64_t> shards = number(instance_, "shards");
        add("Shards", shards && *shards > 1 ? Text{std::to_string(*shards)} : std::nullopt);
        add_offloads(member(instance_, "offloads"));
    }

    // Those that are on, and behind them the others, with why not.
    void add_offloads(const Json& offloads) {
        if (!offloads.is_object()) {
            return;
        }
        std::vector<Text> on;
        std::vector<Text> off;
        for (const auto& [name, offload] : offloads.items()) {
            const Json& is_on = member(offload, "on");
            if (is_on.is_boolean() && is_on.get<bool>()) {
                on.emplace_back(printable(name));
            } else {
                off.emplace_back(
                    fmt::format("{}: {}", printable(name), text_or(offload, "reason", "off")));
            }
        }
        if (on.empty() && !off.empty()) {
            on.emplace_back("none");
        }
        add("Offloads",
            joined({Text{joined(on, " ")},
                    off.empty() ? std::nullopt : Text{fmt::format("({})", joined(off, ", "))}},
                   " "));
    }

    void add_pair(std::string_view label,
                  const Text& first,
                  std::string_view second_label,
                  const Text& second) {
        if (first) {
            add(label, joined({first, labelled(second_label, second)}, kGap));
        } else {
            add(second_label, second);
        }
    }

    void add_health() {
        const Json& health = member(instance_, "health");
        if (!health.is_array()) {
            return;
        }
        // Without a warning it is only where it is up that all is well.
        if (health.empty()) {
            add("Health", is_up(text_or(instance_, "state")) ? Text{"ok"} : std::nullopt);
            return;
        }
        add("Health",
            Text{fmt::format("{} warning{}", health.size(), health.size() == 1 ? "" : "s")});
        for (const Json& item : health) {
            const std::string line = style_.line("  # " + text_or(item, "text"));
            text_ += style_.paint(Color::kYellow, line) + '\n';
        }
    }

    const Json& instance_;
    const Style& style_;
    std::uint64_t now_usec_;
    std::string text_;
};

}  // namespace

std::string status_text(const Json& instances, const Style& style, std::uint64_t now_usec) {
    std::string result;
    for (const Json& instance : instances) {
        result += result.empty() ? "" : "\n";
        result += Block{instance, style, now_usec}.to_string();
    }
    return result;
}

}  // namespace miredo::ctl
