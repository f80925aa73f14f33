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

// Each step: the result where it is the last one.
class ClassicMachine {
  public:
    std::optional<std::uint32_t> step(const sock_filter& each, Bytes datagram) {
        switch (BPF_CLASS(each.code)) {
        case BPF_LD:
            return load_from(datagram, each);
        case BPF_LDX:
            x_ = memory_.at(each.k);
            return std::nullopt;
        case BPF_ST:
            memory_.at(each.k) = a_;
            return std::nullopt;
        case BPF_ALU:
            a_ = calculate(BPF_OP(each.code), a_, BPF_SRC(each.code) == BPF_X ? x_ : each.k);
            return std::nullopt;
        case BPF_RET:
            return a_;
        default:
            EXPECT_EQ(each.code, BPF_MISC | BPF_TAX);
            x_ = a_;
            return std::nullopt;
        }
    }

  private:
    std::optional<std::uint32_t> load_from(Bytes datagram, const sock_filter& each) {
        const std::uint32_t index = BPF_MODE(each.code) == BPF_IND ? x_ : 0;
        const auto from_header =
            static_cast<std::int32_t>(each.k + index) - std::int64_t{SKF_NET_OFF};
        const auto loaded = load(datagram, from_header, size_of(each.code));
        a_ = loaded.value_or(0);
        return loaded ? std::nullopt : std::optional{a_};
    }

    std::uint32_t a_ = 0;
    std::uint32_t x_ = 0;
    std::array<std::uint32_t, BPF_MEMWORDS> memory_{};
};

class ExtendedMachine {
  public:
    std::optional<std::uint32_t> step(const bpf_insn& each, Bytes packet) {
        const unsigned code = each.code;
        switch (BPF_CLASS(code)) {
        case BPF_LD:
            return load_from(packet, each);
        case BPF_ALU64:  // the context is no number
            EXPECT_EQ(BPF_OP(code), BPF_MOV);
            return std::nullopt;
        case BPF_ALU:
            registers_[each.dst_reg] =
                calculate(BPF_OP(code),
                          registers_[each.dst_reg],
                          BPF_SRC(code) == BPF_X ? registers_[each.src_reg]
                                                 : static_cast<std::uint32_t>(each.imm));
            return std::nullopt;
        default:
            EXPECT_EQ(code, unsigned{BPF_JMP | BPF_EXIT});
            return registers_[BPF_REG_0];
        }
    }

  private:
    std::optional<std::uint32_t> load_from(Bytes packet, const bpf_insn& each) {
        const auto loaded = load(packet, each.imm, size_of(each.code));
        // What the verifier takes for granted.
        registers_[BPF_REG_1] = registers_[BPF_REG_2] = registers_[BPF_REG_3] = 0xDEADBEEF;
        registers_[BPF_REG_0] = loaded.value_or(0);
        return loaded ? std::nullopt : std::optional{registers_[BPF_REG_0]};
    }

    std::array<std::uint32_t, MAX_BPF_REG> registers_{};
};

template <typename Machine, typename Instruction>
std::uint32_t run(std::span<const Instruction> program, Bytes packet) {
    Machine machine;
    for (const Instruction& each : program) {
        if (const auto result = machine.step(each, packet)) {
            return *result;
        }
    }
    ADD_FAILURE() << "no end";
    return 0;
}

}  // namespace

std::uint32_t run_classic(std::span<const sock_filter> program, Bytes datagram) {
    return run<ClassicMachine>(program, datagram);
}

std::uint32_t run_extended(std::span<const bpf_insn> program, Bytes packet) {
    return run<ExtendedMachine>(program, packet);
}

}  // namespace miredo::test
