// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Datagrams and packets out of structured pieces, chosen by a fuzzer's input and bent by it: most
// of them get far into a role before they are refused.
#pragma once

#include <array>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "fuzz/input.hpp"
#include "fuzz/sink.hpp"
#include "teredo/settings.hpp"
#include "wire/ipv6.hpp"
#include "wire/teredo_address.hpp"

namespace miredo::fuzz {

// What is known of the role, for its world to talk to it.
struct Around {
    Ipv6Address own;  // where a packet for the role goes to
    Ipv6Prefix prefix = wire::kTeredoPrefix;
    const teredo::SharedSecret* secret = nullptr;
};

// What the bytes of an input mean must not depend on the compiler: an endpoint is chosen before the
// datagram that comes from it, in a statement of its own.
//
// Each function gives bytes that stay until the next call, at the end of their memory, so that a
// sanitizer sees a byte read beyond.
class Builder {
  public:
    Builder(Input& input, const Sink& sink) : input_{input}, sink_{sink} {}

    [[nodiscard]] Endpoint endpoint();
    [[nodiscard]] Ipv6Address teredo_address(const Around& around);
    [[nodiscard]] Ipv6Address address(const Around& around);

    // Anything, mostly to the role.
    [[nodiscard]] Bytes datagram(const Around& around);
    // Anything, mostly from the role's host.
    [[nodiscard]] Bytes packet(const Around& around);
    [[nodiscard]] Bytes raw();
    // What a client says to its server.
    [[nodiscard]] Bytes solicitation(const Around& around);
    // An answer to `solicitation`.
    [[nodiscard]] Bytes advertisement(const Around& around, const Sink::Solicitation& solicitation);
    [[nodiscard]] Bytes bubble(const Ipv6Address& from,
                               const Ipv6Address& to,
                               std::optional<std::uint32_t> nonce,
                               std::optional<Endpoint> origin = std::nullopt);
    [[nodiscard]] Bytes echo_reply(const Ipv6Address& to, const Sink::Test& test);
    [[nodiscard]] Bytes data(const Ipv6Address& from, const Ipv6Address& to, std::size_t size);

  private:
    static constexpr std::size_t kMaximum = 2048;

    void append(Bytes bytes);
    void append_repeated(std::uint8_t value, std::size_t size);
    [[nodiscard]] MutableBytes extend(std::size_t size);
    void append_encapsulation();
    void append_inner(const Ipv6Address& from, const Ipv6Address& to);
    void append_icmpv6(std::uint8_t type, std::uint8_t code, Bytes data);
    void append_any_icmpv6(std::uint8_t code);
    void append_upper();
    void append_trailers();
    // The header in front of what follows `start` in the buffer.
    void finish_packet(std::size_t start,
                       const Ipv6Address& from,
                       const Ipv6Address& to,
                       std::uint8_t next_header);
    void bend();
    [[nodiscard]] Bytes result();

    Input& input_;
    const Sink& sink_;
    std::size_t size_ = 0;
    std::array<std::byte, kMaximum> buffer_{};
};

}  // namespace miredo::fuzz
