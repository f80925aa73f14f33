// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "ctl/address_text.hpp"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/section_values.hpp"
#include "ctl/address_kind.hpp"
#include "ctl/words.hpp"

namespace miredo::ctl {
namespace {

constexpr std::uint16_t kUniversalFlag = 0x0200;
constexpr std::uint16_t kReservedFlag = 0x4000;
// RFC 4380's predecessor; what is left of it is old documents and old routing tables.
constexpr Ipv6Prefix kFormerPrefix{Ipv6Address{0x3ffe831f00000000U, 0}, 32};

bool has(const wire::TeredoAddress& address, std::uint16_t flag) {
    return (address.flags & flag) != 0;
}

// The 12 bits of RFC 5991 §3.1, put together again.
std::uint16_t random_bits(const wire::TeredoAddress& address) {
    return static_cast<std::uint16_t>(((address.flags >> 10U) & 0xFU) << 8U |
                                      (address.flags & 0xFFU));
}

std::string flags_text(const wire::TeredoAddress& address) {
    std::vector<std::string> parts{fmt::format("cone {}", has(address, wire::kConeFlag) ? 1 : 0)};
    parts.push_back(random_bits(address) == 0
                        ? "no random bits"
                        : fmt::format("random bits 0x{:03x}", random_bits(address)));
    for (const auto& [flag, name] : {std::pair{kReservedFlag, "reserved bit set"},
                                     std::pair{kUniversalFlag, "universal bit set"},
                                     std::pair{wire::kGroupFlag, "group bit set"}}) {
        if (has(address, flag)) {
            parts.emplace_back(name);
        }
    }
    return fmt::format("0x{:04x} ({})", address.flags, fmt::join(parts, ", "));
}

std::string with_kind(const std::string& shown, Ipv4Address address) {
    const std::string_view kind = special_kind(address);
    return kind.empty() ? shown : fmt::format("{} ({})", shown, kind);
}

Json kind_json(Ipv4Address address) {
    const std::string_view kind = special_kind(address);
    return kind.empty() ? Json(nullptr) : Json(kind);
}

}  // namespace

std::string address_text(const wire::TeredoAddress& address, const Style& style) {
    const std::string mapped = address.mapped.port == 0
                                   ? address.mapped.to_string() + " (port 0: unusable)"
                                   : with_kind(address.mapped.to_string(), address.mapped.address);
    return fmt::format("{}\n"
                       "  Server: {}\n"
                       "  Mapped: {}\n"
                       "   Flags: {}\n",
                       style.paint(Color::kBold, address.to_ipv6().to_string()),
                       with_kind(address.server.to_string(), address.server),
                       mapped,
                       flags_text(address));
}

Json address_json(const wire::TeredoAddress& address) {
    return {{"address", address.to_ipv6().to_string()},
            {"server",
             {{"address", address.server.to_string()}, {"special", kind_json(address.server)}}},
            {"mapped",
             {{"address", address.mapped.address.to_string()},
              {"port", address.mapped.port},
              {"special", kind_json(address.mapped.address)}}},
            {"flags", address.flags},
            {"cone", has(address, wire::kConeFlag)},
            {"random", random_bits(address)}};
}

Json addresses_json(Json addresses) {
    return {{"schema", "miredo.address/1"}, {"addresses", std::move(addresses)}};
}

Outcome<wire::TeredoAddress> parse_teredo_address(std::string_view text) {
    const std::optional<Ipv6Address> address = Ipv6Address::parse(text);
    if (!address) {
        return Failure{usage(in_quotes(text) + " is not an IPv6 address")};
    }
    if (const auto decoded = wire::TeredoAddress::parse(*address)) {
        return *decoded;
    }
    return Failure{Problem{
        ExitStatus::kFailure,
        fmt::format("{} is not a Teredo address, those begin with 2001:0:{}",
                    address->to_string(),
                    kFormerPrefix.contains(*address)
                        ? " (3ffe:831f: was the prefix before RFC 4380; it is gone since 2006)"
                        : "")}};
}

Outcome<wire::TeredoAddress>
encode_address(std::string_view server, std::string_view mapped, std::uint16_t flags) {
    wire::TeredoAddress result;
    result.flags = flags;
    result.mapped.port = wire::kTeredoPort;
    if (const std::size_t colon = mapped.find(':'); colon != std::string_view::npos) {
        const config::ParsedValue<std::uint16_t> port =
            config::parse_decimal_port(mapped.substr(colon + 1));
        if (!port) {
            return Failure{usage(port.error())};
        }
        result.mapped.port = *port;
        mapped = mapped.substr(0, colon);
    }
    for (const auto& [text, target] :
         {std::pair{server, &result.server}, std::pair{mapped, &result.mapped.address}}) {
        const std::optional<Ipv4Address> address = Ipv4Address::parse(text);
        if (!address) {
            return Failure{usage(in_quotes(text) + " is not an IPv4 address")};
        }
        *target = *address;
    }
    return result;
}

}  // namespace miredo::ctl
