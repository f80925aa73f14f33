// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "sim/pcap_writer.hpp"

#include <algorithm>
#include <array>

#include "wire/checksum.hpp"

namespace miredo::sim {
namespace {

constexpr std::uint32_t kNanosecondMagic = 0xA1B23C4DU;
constexpr std::uint32_t kVersion = (2U << 16U) | 4U;
constexpr std::uint32_t kLongest = 65535;
constexpr std::uint32_t kRawIp = 101;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kUdpHeaderSize = 8;
constexpr std::size_t kHeaderSize = kIpv4HeaderSize + kUdpHeaderSize;
constexpr std::uint16_t kVersionAndLength = 0x4500;
constexpr std::uint16_t kHopsLeft = 60;  // of the 64 that hosts begin with
constexpr std::uint16_t kUdp = 17;

// Big-endian words, as the magic number tells.
template <std::size_t N>
void write_words(std::ostream& out, const std::array<std::uint32_t, N>& words) {
    std::array<std::byte, 4 * N> bytes{};
    for (std::size_t i = 0; i < N; ++i) {
        store_be32(MutableBytes{bytes}.subspan(4 * i), words[i]);
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): streams know only char
    out.write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// RFC 768: over a pseudo header of addresses, protocol and length as well; never 0, which is none.
std::uint16_t udp_checksum(Bytes ipv4_addresses, Bytes udp) {
    const std::uint32_t addresses = wire::ones_complement_sum(ipv4_addresses);
    const auto length = static_cast<std::uint32_t>(udp.size());
    const auto sum = wire::ones_complement_sum(udp, addresses + kUdp + length);
    const auto checksum = static_cast<std::uint16_t>(~sum);
    return checksum == 0 ? std::uint16_t{0xFFFF} : checksum;
}

}  // namespace

PcapWriter::PcapWriter(std::ostream& out) : out_{out} {
    write_words<6>(out_, {kNanosecondMagic, kVersion, 0, 0, kLongest, kRawIp});
}

void PcapWriter::write(Instant now, Bytes packet) {
    const std::int64_t time = now.time_since_epoch().count();
    const auto size = static_cast<std::uint32_t>(packet.size());
    write_words<4>(out_,
                   {static_cast<std::uint32_t>(time / kNanosecondsPerSecond),
                    static_cast<std::uint32_t>(time % kNanosecondsPerSecond),
                    size,
                    size});
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): streams know only char
    out_.write(reinterpret_cast<const char*>(packet.data()), size);
    ++packet_count_;
}

void PcapWriter::on_core(Instant now, const Transmission& datagram) {
    const std::size_t size = kHeaderSize + datagram.bytes.size();
    packet_.assign(size, std::byte{0});
    const MutableBytes ip{packet_};
    store_be16(ip, kVersionAndLength);
    store_be16(ip.subspan(2), static_cast<std::uint16_t>(size));
    store_be16(ip.subspan(4), static_cast<std::uint16_t>(datagram.number));
    store_be16(ip.subspan(8), (kHopsLeft << 8U) | kUdp);
    store_be32(ip.subspan(12), datagram.external.address.value());
    store_be32(ip.subspan(16), datagram.destination.address.value());
    const std::uint16_t sum = wire::ones_complement_sum(ip.first(kIpv4HeaderSize));
    store_be16(ip.subspan(10), static_cast<std::uint16_t>(~sum));

    const MutableBytes udp = ip.subspan(kIpv4HeaderSize);
    store_be16(udp, datagram.external.port);
    store_be16(udp.subspan(2), datagram.destination.port);
    store_be16(udp.subspan(4), static_cast<std::uint16_t>(udp.size()));
    std::copy(datagram.bytes.begin(), datagram.bytes.end(), udp.begin() + kUdpHeaderSize);
    std::uint16_t checksum = udp_checksum(ip.subspan(12, 8), udp);
    if (datagram.integrity == Integrity::kChecksumWrong) {
        checksum ^= 1U;
    }
    store_be16(udp.subspan(6), checksum);
    write(now, packet_);
}

void PcapWriter::on_native_core(Instant now, const NativeTransmission& packet) {
    write(now, packet.bytes);
}

}  // namespace miredo::sim
