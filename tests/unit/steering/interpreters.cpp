// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "interpreters.hpp"

#include <array>
#include <optional>

#include <gtest/gtest.h>

namespace miredo::test {
namespace {

// `size` octets in network byte order.
std::optional<std::uint32_t> load(Bytes bytes, std::int64_t offset, unsigned size) {
    if (offset < 0 || static_cast<std::uint64_t>(offset) + size > bytes.size()) {
        return std::nullopt;
    }
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
        value = value << 8U |
                std::to_integer<std::uint32_t>(bytes[static_cast<std::size_t>(offset) + i]);
    }
    return value;
}

unsigned size_of(unsigned code) {
    switch (BPF_SIZE(code)) {
    case BPF_B:
        return 1;
    case BPF_H:
        return 2;
    default:
        return 4;
    }
}

// Both kinds of BPF have the same operations of 32 bits.
std::uint32_t calculate(unsigned operation, std::uint32_t left, std::uint32_t right) {
    switch (operation) {
    case BPF_ADD:
        return left + right;
    case BPF_MUL:
        return left * right;
    case BPF_AND:
        return left & right;
    case BPF_XOR:
        return left ^ right;
    case BPF_LSH:
        return left << right;
    case BPF_RSH:
        return left >> right;
    case BPF_MOD:
        return left % right;
    case BPF_MOV:
        return right;
    default:
        ADD_FAILURE() << "operation " << operation;
        return 0;
    }
}

}  // namespace

std::uint32_t run_classic(std::span<const sock_filter> program, Bytes datagram) {
    std::uint32_t a = 0;
    std::uint32_t x = 0;
    std::array<std::uint32_t, BPF_MEMWORDS> memory{};
    for (const sock_filter& each : program) {
        switch (BPF_CLASS(each.code)) {
        case BPF_LD: {
            const std::uint32_t index = BPF_MODE(each.code) == BPF_IND ? x : 0;
            const auto from_header =
                static_cast<std::int32_t>(each.k + index) - std::int64_t{SKF_NET_OFF};
            const auto loaded = load(datagram, from_header, size_of(each.code));
            if (!loaded) {
                return 0;
            }
            a = *loaded;
            break;
        }
        case BPF_LDX:
            x = memory.at(each.k);
            break;
        case BPF_ST:
            memory.at(each.k) = a;
            break;
        case BPF_ALU:
            a = calculate(BPF_OP(each.code), a, BPF_SRC(each.code) == BPF_X ? x : each.k);
            break;
        case BPF_RET:
            return a;
        default:
            if (each.code != (BPF_MISC | BPF_TAX)) {
                ADD_FAILURE() << "instruction " << each.code;
                return 0;
            }
            x = a;
        }
    }
    ADD_FAILURE() << "no return";
    return 0;
}

std::uint32_t run_extended(std::span<const bpf_insn> program, Bytes packet) {
    std::array<std::uint32_t, MAX_BPF_REG> registers{};
    for (const bpf_insn& each : program) {
        const unsigned code = each.code;
        const auto immediate = static_cast<std::uint32_t>(each.imm);
        switch (BPF_CLASS(code)) {
        case BPF_LD: {
            const auto loaded = load(packet, each.imm, size_of(code));
            if (!loaded) {
                return 0;
            }
            // What the verifier takes for granted.
            registers[BPF_REG_1] = registers[BPF_REG_2] = registers[BPF_REG_3] = 0xDEADBEEF;
            registers[BPF_REG_0] = *loaded;
            break;
        }
        case BPF_ALU64:  // the context is no number
            EXPECT_EQ(BPF_OP(code), BPF_MOV);
            break;
        case BPF_ALU:
            registers[each.dst_reg] =
                calculate(BPF_OP(code),
                          registers[each.dst_reg],
                          BPF_SRC(code) == BPF_X ? registers[each.src_reg] : immediate);
            break;
        default:
            if (code != (BPF_JMP | BPF_EXIT)) {
                ADD_FAILURE() << "instruction " << code;
            }
            return registers[BPF_REG_0];
        }
    }
    ADD_FAILURE() << "no exit";
    return 0;
}

}  // namespace miredo::test
