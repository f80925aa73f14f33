// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "steering/programs.hpp"

#include <array>

#include "steering/hash.hpp"

namespace miredo::steering {
namespace {

// From the start of the IPv4 header (RFC 791 §3.1), and of the UDP header behind it.
constexpr std::uint32_t kIpv4Source = 12;
constexpr std::uint32_t kUdpSource = 0;
// In an IPv6 header: where the destination has its last six octets, both inverted (RFC 4380 §4).
constexpr std::int32_t kInvertedPort = 24 + 10;
constexpr std::int32_t kInvertedAddress = 24 + 12;

constexpr std::uint32_t from_network_header(std::uint32_t offset) {
    return static_cast<std::uint32_t>(SKF_NET_OFF) + offset;
}

constexpr sock_filter classic(std::uint16_t code, std::uint32_t k = 0) {
    return {code, 0, 0, k};
}

constexpr std::uint8_t kAccumulator = BPF_REG_0;
constexpr std::uint8_t kScratch = BPF_REG_1;
constexpr std::uint8_t kContext = BPF_REG_6;  // BPF_ABS takes it from there
constexpr std::uint8_t kAddress = BPF_REG_7;  // the others do not outlive BPF_ABS

constexpr bpf_insn extended(unsigned code,
                            std::uint8_t destination = 0,
                            std::uint8_t source = 0,
                            std::int32_t immediate = 0) {
    bpf_insn instruction{};
    instruction.code = static_cast<std::uint8_t>(code);
    instruction.dst_reg = destination & 0xFU;
    instruction.src_reg = source & 0xFU;
    instruction.imm = immediate;
    return instruction;
}

// All of 32 bits.
constexpr bpf_insn with_constant(unsigned operation, std::uint32_t constant) {
    return extended(
        BPF_ALU | operation | BPF_K, kAccumulator, 0, static_cast<std::int32_t>(constant));
}
constexpr bpf_insn
with_register(unsigned operation, std::uint8_t destination, std::uint8_t source) {
    return extended(BPF_ALU | operation | BPF_X, destination, source);
}

constexpr std::array kPacketProgram{
    extended(BPF_ALU64 | BPF_MOV | BPF_X, kContext, BPF_REG_1),
    extended(BPF_LD | BPF_ABS | BPF_W, 0, 0, kInvertedAddress),
    with_constant(BPF_XOR, 0xFFFFFFFF),
    with_register(BPF_MOV, kAddress, kAccumulator),
    extended(BPF_LD | BPF_ABS | BPF_H, 0, 0, kInvertedPort),
    with_constant(BPF_XOR, 0xFFFF),
    with_constant(BPF_MUL, kPortFactor),
    with_register(BPF_ADD, kAccumulator, kAddress),
    with_register(BPF_MOV, kScratch, kAccumulator),
    with_constant(BPF_RSH, kFirstShift),
    with_register(BPF_XOR, kAccumulator, kScratch),
    with_constant(BPF_MUL, kFirstFactor),
    with_register(BPF_MOV, kScratch, kAccumulator),
    with_constant(BPF_RSH, kSecondShift),
    with_register(BPF_XOR, kAccumulator, kScratch),
    with_constant(BPF_MUL, kSecondFactor),
    with_constant(BPF_RSH, kLastShift),
    extended(BPF_JMP | BPF_EXIT),
};

}  // namespace

std::vector<sock_filter> datagram_program(std::uint32_t shards) {
    return {
        classic(BPF_LD | BPF_W | BPF_ABS, from_network_header(kIpv4Source)),
        classic(BPF_ST, 0),
        classic(BPF_LD | BPF_B | BPF_ABS, from_network_header(0)),
        classic(BPF_ALU | BPF_AND | BPF_K, 0xF),  // the header's length, in words
        classic(BPF_ALU | BPF_LSH | BPF_K, 2),
        classic(BPF_MISC | BPF_TAX),
        classic(BPF_LD | BPF_H | BPF_IND, from_network_header(kUdpSource)),
        classic(BPF_ALU | BPF_MUL | BPF_K, kPortFactor),
        classic(BPF_LDX | BPF_W | BPF_MEM, 0),
        classic(BPF_ALU | BPF_ADD | BPF_X),
        classic(BPF_MISC | BPF_TAX),
        classic(BPF_ALU | BPF_RSH | BPF_K, kFirstShift),
        classic(BPF_ALU | BPF_XOR | BPF_X),
        classic(BPF_ALU | BPF_MUL | BPF_K, kFirstFactor),
        classic(BPF_MISC | BPF_TAX),
        classic(BPF_ALU | BPF_RSH | BPF_K, kSecondShift),
        classic(BPF_ALU | BPF_XOR | BPF_X),
        classic(BPF_ALU | BPF_MUL | BPF_K, kSecondFactor),
        classic(BPF_ALU | BPF_RSH | BPF_K, kLastShift),
        classic(BPF_ALU | BPF_MOD | BPF_K, shards),
        classic(BPF_RET | BPF_A),
    };
}

std::span<const bpf_insn> packet_program() {
    return kPacketProgram;
}

}  // namespace miredo::steering
