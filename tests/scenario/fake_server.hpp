// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// A Teredo server played by hand: it answers each solicitation at once with a Router Advertisement
// (RFC 4380 §5.3.2), or with one that is wrong in the way that a plan says.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/network.hpp"

namespace miredo::scenario {

// As it is, the plan of a right advertisement. What is optional is right where not set.
struct AdvertisementPlan {
    bool has_authentication = true;
    std::uint64_t nonce_error = 0;  // added to the nonce
    bool has_origin = true;
    std::optional<Endpoint> origin;
    std::optional<Ipv6Address> source;
    std::optional<Ipv6Address> destination;
    std::optional<Ipv6Address> prefix;
    std::uint8_t prefix_length = 64;
    std::uint8_t prefix_count = 1;
    std::uint8_t hop_limit = 255;
    std::uint8_t code = 0;
    std::uint32_t mtu = 1280;
    std::uint16_t checksum_error = 0;  // added to the checksum
    bool has_empty_option = false;
    bool is_truncated = false;  // the last byte of the ICMPv6 message is missing
    std::optional<std::uint16_t> from_port;
    std::optional<Ipv4Address> from_address;
};

class FakeServer final : public sim::Host {
  public:
    FakeServer(sim::Network& network, Endpoint endpoint);

    [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] AdvertisementPlan& plan() { return plan_; }
    [[nodiscard]] std::uint32_t answers() const { return answers_; }

    void handle_datagram(Instant now, const sim::UdpDatagram& datagram) override;
    void handle_ipv6(Instant /*now*/, Bytes /*packet*/) override {}
    void handle_timeout(Instant /*now*/) override {}
    [[nodiscard]] std::optional<Instant> next_deadline() const override { return std::nullopt; }

  private:
    [[nodiscard]] sim::Packet build_message() const;
    [[nodiscard]] sim::Packet build_packet(const Ipv6Address& destination) const;

    sim::Network& network_;
    Endpoint endpoint_;
    AdvertisementPlan plan_;
    std::uint32_t answers_ = 0;
};

}  // namespace miredo::scenario
