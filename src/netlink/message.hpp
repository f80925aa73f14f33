// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
// Building and reading rtnetlink messages with libnl's helpers: inside this room only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

#include <linux/netlink.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "base/bytes.hpp"
#include "base/ipv4_address.hpp"
#include "base/ipv6_address.hpp"
#include "netlink/socket.hpp"

namespace miredo::netlink {

// The kernel's dumps come in pieces of at most 32 KiB, acknowledgements repeat the request.
inline constexpr std::size_t kReceiveBufferSize = std::size_t{64} * 1024;

// A request of `type` that begins with the family's fixed header. Allocation failures show when it
// is sent: the kernel then refuses the short message.
template <typename Header>
Message make_message(int type, int flags, const Header& header) {
    static_assert(std::is_trivially_copyable_v<Header>);
    Message message{::nlmsg_alloc_simple(type, flags)};
    Header copy = header;
    (void)::nlmsg_append(message.get(), &copy, sizeof copy, NLMSG_ALIGNTO);
    return message;
}

inline void put(const Message& message, int type, Bytes bytes) {
    (void)::nla_put(message.get(), type, static_cast<int>(bytes.size()), bytes.data());
}
inline void put(const Message& message, int type, std::uint32_t value) {
    (void)::nla_put_u32(message.get(), type, value);
}
inline void put_u8(const Message& message, int type, std::uint8_t value) {
    (void)::nla_put_u8(message.get(), type, value);
}

// The fixed header of a received message; nullopt where it is too short for one.
template <typename Header>
std::optional<Header> header_of(const nlmsghdr& message) {
    if (message.nlmsg_len < NLMSG_LENGTH(sizeof(Header))) {
        return std::nullopt;
    }
    Header header;
    std::memcpy(&header, ::nlmsg_data(&message), sizeof header);
    return header;
}

// The attributes of a received message by type; those of types above Max are left out.
template <std::size_t Max>
class Attributes {
  public:
    Attributes(const nlmsghdr& message, std::size_t header_size) {
        // Asks for a pointer to something that it only reads.
        (void)::nlmsg_parse(const_cast<nlmsghdr*>(&message),
                            static_cast<int>(header_size),
                            table_.data(),
                            static_cast<int>(Max),
                            nullptr);
    }
    explicit Attributes(const nlattr* nest) {
        (void)::nla_parse_nested(
            table_.data(), static_cast<int>(Max), const_cast<nlattr*>(nest), nullptr);
    }

    // The value, empty where there is none.
    [[nodiscard]] Bytes bytes(std::size_t type) const {
        const nlattr* attribute = table_[type];
        if (attribute == nullptr) {
            return {};
        }
        return {static_cast<const std::byte*>(::nla_data(attribute)),
                static_cast<std::size_t>(::nla_len(attribute))};
    }
    [[nodiscard]] const nlattr* raw(std::size_t type) const { return table_[type]; }
    [[nodiscard]] std::optional<std::uint32_t> u32(std::size_t type) const {
        std::uint32_t value = 0;  // host byte order
        if (bytes(type).size() < sizeof value) {
            return std::nullopt;
        }
        std::memcpy(&value, bytes(type).data(), sizeof value);
        return value;
    }
    [[nodiscard]] std::uint8_t u8(std::size_t type) const {
        return bytes(type).empty() ? std::uint8_t{0}
                                   : std::to_integer<std::uint8_t>(bytes(type)[0]);
    }
    [[nodiscard]] std::optional<Ipv4Address> ipv4(std::size_t type) const {
        return bytes(type).size() == 4 ? std::optional{Ipv4Address{load_be32(bytes(type))}}
                                       : std::nullopt;
    }
    [[nodiscard]] std::optional<Ipv6Address> ipv6(std::size_t type) const {
        return bytes(type).size() == Ipv6Address::kSize
                   ? std::optional{Ipv6Address::load(bytes(type))}
                   : std::nullopt;
    }

  private:
    std::array<nlattr*, Max + 1> table_{};
};

// Calls `visit(const nlmsghdr&)` for each of the messages in `datagram`, which is aligned as one.
template <typename Visit>
void for_each_message(Bytes datagram, Visit visit) {
    while (datagram.size() >= sizeof(nlmsghdr)) {
        const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
        if (message->nlmsg_len < sizeof(nlmsghdr) || message->nlmsg_len > datagram.size()) {
            return;
        }
        visit(*message);
        const std::size_t step =
            (std::size_t{message->nlmsg_len} + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
        if (step >= datagram.size()) {
            return;
        }
        datagram = datagram.subspan(step);
    }
}

// One datagram from the kernel into `buffer`: its length, or minus errno. Datagrams that are not
// the kernel's are left out. `flags` as for recv(2).
int receive_from_kernel(int fd, MutableBytes buffer, int flags);

}  // namespace miredo::netlink
