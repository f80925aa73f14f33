// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What goes over the SOCK_SEQPACKET socket between the daemon and the broker: one request, one
// reply, both of fixed size, in host byte order (both ends are the same build on the same machine).
// A descriptor travels beside them (SCM_RIGHTS): with a request the tun device or socket that it is
// about, with a reply the one that was made. The broker keeps neither state nor descriptor between
// two requests and believes nothing that a request says before it has checked it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace miredo::broker {

inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr std::size_t kInterfaceNameSize = 16;  // IFNAMSIZ, the final zero included

inline constexpr std::uint32_t kLinkGroup = 3544;
inline constexpr std::uint32_t kMinMtu = 1280;  // RFC 8200 §5
inline constexpr std::uint32_t kMaxMtu = 65507 - 28;
inline constexpr std::uint32_t kMaxQueueLength = 65536;
inline constexpr std::uint32_t kMaxReceiveBuffer = 8U * 1024 * 1024;
inline constexpr std::uint32_t kSuppressRulePriority = 32764;
inline constexpr std::uint32_t kTableRulePriority = 32765;

// Beside each one: the fields it uses. All others must be zero.
enum class Operation : std::uint32_t {
    kMakeDevice = 1,        // name; number: 1 for many queues, else 0 → the descriptor; name,
                            //   index, accept_ra_off
    kSetMtu,                // tun; number
    kSetQueueLength,        // tun; number, in packets
    kBringUp,               // tun
    kBringDown,             // tun
    kReplaceGlobalAddress,  // tun; old in other_address, new in address and length; :: is none
    kReplaceLinkLocal,      // tun; address and length, within fe80::/10
    kAddRoute,              // tun; address and length, table, number = metric, other_address =
    kRemoveRoute,           //   preferred source or ::
    kAddRule,               // tun; address and length = source, table, number = priority,
    kRemoveRule,            //   suppress
    kFlush,                 // tun
    kOpenRawIpv6Socket,     // → the socket
    kSetReceiveBuffer,      // UDP socket; number, in bytes → number: what the kernel made of it
    kFindFirewallRule,      // tun → number: 1 where a rule mentions the device, else 0
    kAttachQueue,           // tun, of a device of many queues → the descriptor of one more
    kSteerQueues,           // tun: which queue a packet goes to, by steering::packet_program()
};

struct Request {
    std::uint32_t version = kProtocolVersion;
    Operation operation{};
    std::uint32_t number = 0;
    std::uint32_t table = 0;
    std::uint8_t length = 0;
    std::uint8_t suppress = 0;  // 1: the rule suppresses the default route (prefix length 0)
    std::array<std::uint8_t, 2> reserved{};
    std::array<std::byte, 16> address{};
    std::array<std::byte, 16> other_address{};
    std::array<char, kInterfaceNameSize> name{};
};

struct Reply {
    std::uint32_t version = kProtocolVersion;
    Operation operation{};  // the request's
    std::uint32_t ok = 0;   // 1: done; 0: refused or failed, the texts say why
    std::int32_t error_number = 0;
    std::uint32_t number = 0;
    std::uint32_t index = 0;
    std::uint32_t accept_ra_off = 0;
    std::array<char, kInterfaceNameSize> name{};
    // Texts, ended by a zero, cut where they do not fit.
    std::array<char, 128> what{};
    std::array<char, 128> where{};
    std::array<char, 256> remedy{};
};

static_assert(std::is_trivially_copyable_v<Request> && std::is_trivially_copyable_v<Reply>);
static_assert(std::has_unique_object_representations_v<Request>);  // no padding: nothing leaks
static_assert(std::has_unique_object_representations_v<Reply>);

// What the kernel takes as the name of an interface, less what would surprise: 1 to 15 printable
// ASCII characters, no white space, none of '/', ':' and '%', and neither "." nor "..".
[[nodiscard]] bool is_valid_interface_name(std::string_view name);

}  // namespace miredo::broker
