// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "packets.hpp"

#include <cstdlib>
#include <iostream>

namespace miredo::wire {
namespace {

[[noreturn]] void give_up(std::string_view why) {
    std::cerr << "broken test data: " << why << '\n';
    std::abort();
}

unsigned digit_value(char digit) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::size_t value = kDigits.find(digit);
    if (value == std::string_view::npos) {
        give_up("not a lower-case hexadecimal digit");
    }
    return static_cast<unsigned>(value);
}

}  // namespace

Buffer from_hex(std::string_view hex) {
    std::vector<unsigned> digits;
    for (const char character : hex) {
        if (character != ' ') {
            digits.push_back(digit_value(character));
        }
    }
    if (digits.size() % 2 != 0) {
        give_up("half a byte of hexadecimal");
    }
    Buffer bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(digits[i] << 4U | digits[i + 1]));
    }
    return bytes;
}

std::string to_hex(Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (const std::byte byte : bytes) {
        hex += kDigits[std::to_integer<unsigned>(byte) >> 4U];
        hex += kDigits[std::to_integer<unsigned>(byte) & 0xFU];
    }
    return hex;
}

Buffer concatenate(std::initializer_list<Bytes> parts) {
    Buffer whole;
    for (const Bytes part : parts) {
        whole.insert(whole.end(), part.begin(), part.end());
    }
    return whole;
}

Buffer zeros(std::size_t count) {
    return Buffer(count, std::byte{0});
}

Ipv6Address ipv6(const char* text) {
    const std::optional<Ipv6Address> address = Ipv6Address::parse(text);
    if (!address) {
        give_up(text);
    }
    return *address;
}

Buffer make_packet(const PacketShape& shape, Bytes payload) {
    Buffer header = zeros(8);
    header[0] = std::byte{0x60};
    header[4] = static_cast<std::byte>(payload.size() / 256);
    header[5] = static_cast<std::byte>(payload.size() % 256);
    header[6] = std::byte{shape.next_header};
    header[7] = std::byte{shape.hop_limit};
    return concatenate({header, shape.source.bytes(), shape.destination.bytes(), payload});
}

Buffer make_icmpv6_packet(PacketShape shape, Buffer message) {
    shape.next_header = kIcmpv6;
    message.at(2) = std::byte{0};
    message.at(3) = std::byte{0};
    const unsigned checksum =
        0xFFFFU ^ slow_pseudo_header_sum(make_packet(shape, message), message);
    message[2] = static_cast<std::byte>(checksum / 256);
    message[3] = static_cast<std::byte>(checksum % 256);
    return make_packet(shape, message);
}

Ipv6Packet packet_in(Bytes bytes) {
    const std::optional<Ipv6Packet> packet = Ipv6Packet::parse(bytes);
    if (!packet) {
        give_up("no IPv6 packet");
    }
    return *packet;
}

std::uint16_t slow_ones_complement_sum(Bytes data) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < data.size(); i += 2) {
        sum += std::to_integer<unsigned>(data[i]) * 256;
        sum += i + 1 < data.size() ? std::to_integer<unsigned>(data[i + 1]) : 0;
        sum = sum > 0xFFFF ? sum - 0xFFFF : sum;
    }
    return static_cast<std::uint16_t>(sum);
}

std::uint16_t slow_pseudo_header_sum(Bytes packet, Bytes message) {
    Buffer whole = concatenate({packet.subspan(8, 32)});
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        whole.push_back(static_cast<std::byte>((message.size() >> shift) & 0xFFU));
    }
    whole.insert(whole.end(), 3, std::byte{0});
    whole.push_back(std::byte{kIcmpv6});
    whole.insert(whole.end(), message.begin(), message.end());
    return slow_ones_complement_sum(whole);
}

}  // namespace miredo::wire
