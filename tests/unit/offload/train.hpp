// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// Packet trains: several flows of TCP and UDP interleaved, with all that keeps packets from being
// joined in between, and the check that joining and cutting gives back what went in. Choices come
// from a seed (trains_test.cpp) or from a fuzzer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "offload/coalescer.hpp"
#include "packets.hpp"

namespace miredo::offload {

class Choices {
  public:
    // From 0 to `bound` - 1; `bound` is at least 1.
    [[nodiscard]] virtual std::uint32_t below(std::uint32_t bound) = 0;
    [[nodiscard]] bool one_in(std::uint32_t bound) { return below(bound) == 0; }

  protected:
    Choices() = default;
    Choices(const Choices&) = default;
    Choices(Choices&&) = default;
    Choices& operator=(const Choices&) = default;
    Choices& operator=(Choices&&) = default;
    ~Choices() = default;
};

class Train {
  public:
    static constexpr std::size_t kMaximumPackets = 48;
    // To which flow and which pair of addresses a packet belongs: what the generator knows, and
    // the code under test has to find out.
    struct Member {
        Bytes bytes;
        std::uint8_t pair = 0;
        std::uint8_t flow = 0;
        bool is_opaque = false;  // in the pair, its flow not to be seen: has its place among all
        bool is_free = false;    // in no flow at all
    };

    Train();
    // The train before it is gone.
    void generate(Choices& choices);
    [[nodiscard]] std::span<const Member> members() const {
        return std::span<const Member>{members_}.first(count_);
    }
    // Which of the members these bytes are, by where they lie; at most kMaximumPackets.
    [[nodiscard]] std::size_t index_of(Bytes packet) const;

  private:
    static constexpr std::size_t kFlows = 5;
    static constexpr std::size_t kPlace = 1536;  // bytes kept for each packet
    struct Flow {
        PacketPlan plan;
        std::array<std::byte, 12> options{};  // timestamps; plan.options borrows them
        std::size_t segment_size = 0;
        std::uint8_t pair = 0;
        std::uint8_t number = 0;
    };
    void start_flow(Choices& choices, Flow& flow);
    void add_packet(Choices& choices, Flow& flow);
    void add_foreign(Choices& choices, const Flow& flow);
    [[nodiscard]] MutableBytes place() {
        return MutableBytes{memory_}.subspan(count_ * kPlace, kPlace);
    }
    [[nodiscard]] Bytes some_payload(Choices& choices, std::size_t size) const;

    Buffer pool_;  // what payloads are taken from
    Buffer memory_;
    std::array<Flow, kFlows> flows_;
    std::array<Member, kMaximumPackets> members_;
    std::size_t count_ = 0;
};

// Null where cutting the group gives its packets byte for byte, and nothing was copied; otherwise
// what is not so.
[[nodiscard]] const char* check_group(const Coalescer::Group& group);

struct Verdict {
    const char* wrong = nullptr;  // null where all is right
    std::size_t joined = 0;       // packets in groups of several: joining nothing shows nothing
};
// Sends the train through an empty `coalescer` and leaves it empty. All is right where every packet
// is in one group, in an order that no flow can tell from the first one, and cutting each group
// gives its packets byte for byte.
[[nodiscard]] Verdict check_train(Coalescer& coalescer, const Train& train);

}  // namespace miredo::offload
