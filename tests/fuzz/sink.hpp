// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Where a role's output goes: a hash of all of it, and of each kind the latest, for the world to
// answer to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "teredo/output.hpp"
#include "wire/teredo_datagram.hpp"

namespace miredo::fuzz {

class Sink final : public teredo::Output {
  public:
    struct Solicitation {
        std::uint64_t nonce = 0;
        Endpoint server;
    };
    struct Test {
        Ipv6Address peer;
        std::array<std::byte, 16> nonce{};
    };
    struct IndirectBubble {
        Ipv6Address peer;
        Ipv6Address source;
        std::uint32_t nonce = 0;
    };

    void forward_to_udp(Endpoint to, Bytes packet) override;
    void forward_to_ipv6(Bytes packet) override;
    void send(teredo::ServiceSocket socket, Endpoint to, Bytes datagram) override;
    void inject(Bytes packet) override;
    void notify(const teredo::Event& event) override;

    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] const std::optional<Ipv6Address>& address() const { return address_; }
    // `back`: 0 is the latest one.
    [[nodiscard]] const Solicitation& solicitation(std::size_t back) const {
        return solicitations_[(solicitation_count_ - 1 - back) % solicitations_.size()];
    }
    [[nodiscard]] const Test& test(std::size_t back) const {
        return tests_[(test_count_ - 1 - back) % tests_.size()];
    }
    [[nodiscard]] const IndirectBubble& bubble(std::size_t back) const {
        return bubbles_[(bubble_count_ - 1 - back) % bubbles_.size()];
    }

  private:
    void add(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001B3U; }
    void add(Bytes bytes);
    void note(Endpoint to, const wire::TeredoDatagram& datagram);

    std::uint64_t hash_ = 0xCBF29CE484222325U;
    std::optional<Ipv6Address> address_;
    std::array<Solicitation, 4> solicitations_{};
    std::array<Test, 4> tests_{};
    std::array<IndirectBubble, 4> bubbles_{};
    std::size_t solicitation_count_ = 0;
    std::size_t test_count_ = 0;
    std::size_t bubble_count_ = 0;
};

}  // namespace miredo::fuzz
