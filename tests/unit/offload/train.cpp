// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "train.hpp"

#include <algorithm>
#include <utility>

#include "offload/super_packet.hpp"

namespace miredo::offload {
namespace {

constexpr std::size_t kPoolSize = 4096;
constexpr std::size_t kMaximumPayload = 1320;

constexpr std::array<std::uint16_t, 10> kSegmentSizes{1, 2, 7, 16, 37, 64, 64, 100, 333, 1208};

// The flow's own from now on, or this packet's alone.
template <typename T>
void change(Choices& choices, T& flow, T& packet, T value) {
    packet = value;
    if (choices.one_in(2)) {
        flow = value;
    }
}

void change_flags(Choices& choices, PacketPlan& packet) {
    const std::uint8_t flag =
        choices.one_in(2) ? kPshFlag : static_cast<std::uint8_t>(1U << choices.below(8));
    packet.flags = static_cast<std::uint8_t>(packet.flags ^ flag);
}

// What all segments of a super-packet have in common.
void change_header(Choices& choices, PacketPlan& flow, PacketPlan& packet) {
    switch (choices.below(9)) {
    case 0:
        change(choices, flow.acknowledgement, packet.acknowledgement, packet.acknowledgement + 1);
        break;
    case 1:
        change(choices,
               flow.window,
               packet.window,
               static_cast<std::uint16_t>(packet.window ^ 1U << choices.below(16)));
        break;
    case 2:
        change(choices,
               flow.urgent_pointer,
               packet.urgent_pointer,
               static_cast<std::uint16_t>(choices.below(3)));
        break;
    case 3:
        packet.reserved = static_cast<std::uint8_t>(1 + choices.below(15));
        break;
    case 4:
        change(choices,
               flow.traffic_class,
               packet.traffic_class,
               static_cast<std::uint8_t>(packet.traffic_class ^ 1U << choices.below(8)));
        break;
    case 5:
        change(choices,
               flow.flow_label,
               packet.flow_label,
               packet.flow_label ^ 1U << choices.below(20));
        break;
    case 6:
        change(choices,
               flow.hop_limit,
               packet.hop_limit,
               static_cast<std::uint8_t>(packet.hop_limit ^ 1U << choices.below(8)));
        break;
    case 7:
        packet.options = packet.options.empty() ? packet.options : packet.options.first(4);
        break;
    default:
        change_flags(choices, packet);
    }
}

// Sequence and size.
std::size_t change_extent(Choices& choices, PacketPlan& flow, std::size_t& segment_size) {
    switch (choices.below(6)) {
    case 0:
        return 0;
    case 1:
        return std::min(segment_size + 1 + choices.below(50), kMaximumPayload);
    case 2:
        flow.sequence += 1 + choices.below(2000);
        return segment_size;
    case 3:
        flow.sequence -= static_cast<std::uint32_t>(segment_size);
        return segment_size;
    case 4:
        segment_size = kSegmentSizes[choices.below(kSegmentSizes.size())];
        return segment_size;
    default:
        return 1 + choices.below(static_cast<std::uint32_t>(segment_size));
    }
}

// One header that hides the transport: options, a fragment (the first, another), a routing header,
// or one that authenticates.
Bytes put_extension(Choices& choices, PacketPlan& packet, std::array<std::byte, 24>& header) {
    constexpr std::array<std::uint8_t, 6> kTypes{0, 60, 44, 44, 43, 51};
    const std::uint32_t kind = choices.below(kTypes.size());
    header = {};
    header[0] = std::byte{packet.protocol};
    packet.extension_type = kTypes[kind];
    if (packet.extension_type == 44) {
        header[3] = static_cast<std::byte>(kind == 2 ? 1 : 8 * (1 + choices.below(31)));
        return Bytes{header}.first(8);
    }
    const std::size_t units = 1 + choices.below(3);
    // An authentication header counts words of four bytes, less two (RFC 4302 §2.2).
    header[1] = static_cast<std::byte>(packet.extension_type == 51 ? units * 2 - 2 : units - 1);
    return Bytes{header}.first(units * 8);
}

// The payload that brings the checksum to 0, and one of the two ways to write that.
void bring_checksum_to_zero(Choices& choices, const PacketPlan& plan, MutableBytes packet) {
    const MutableBytes payload = packet.subspan(plan.header_size());
    if (payload.size() < 2) {
        return;
    }
    store_be16(payload, 0);
    store_be16(payload, plain_checksum(packet, plan.transport_offset(), plan.protocol));
    store_be16(packet.subspan(plan.checksum_offset()), choices.one_in(2) ? 0 : 0xFFFF);
}

// Something in a packet that was right. What comes back is what is left of it.
MutableBytes spoil(Choices& choices, const PacketPlan& plan, MutableBytes packet) {
    const std::size_t transport = plan.transport_offset();
    switch (choices.below(7)) {
    case 0:
        packet.back() ^= static_cast<std::byte>(1U << choices.below(8));
        break;
    case 1:
        store_be16(packet.subspan(plan.checksum_offset()),
                   static_cast<std::uint16_t>(choices.one_in(2) ? 0 : choices.below(0x10000)));
        break;
    case 2:
        bring_checksum_to_zero(choices, plan, packet);
        break;
    case 3:  // UDP's length, TCP's sequence number
        packet[transport + 5] ^= static_cast<std::byte>(1U << choices.below(8));
        break;
    case 4:  // the payload length of IPv6
        packet[5] ^= static_cast<std::byte>(1U << choices.below(8));
        break;
    case 5:
        if (plan.protocol == kTcpProtocol) {
            packet[transport + 12] = static_cast<std::byte>(choices.below(16) << 4U);
        }
        break;
    default:
        packet = packet.first(choices.below(static_cast<std::uint32_t>(packet.size()) + 1));
        if (packet.size() >= 40 && choices.one_in(2)) {
            store_be16(packet.subspan(4), static_cast<std::uint16_t>(packet.size() - 40));
        }
    }
    return packet;
}

}  // namespace

Train::Train() : pool_{some_bytes(kPoolSize)}, memory_(kMaximumPackets * kPlace) {}

std::size_t Train::index_of(Bytes packet) const {
    if (packet.data() < memory_.data() || packet.data() >= memory_.data() + memory_.size()) {
        return kMaximumPackets;
    }
    return static_cast<std::size_t>(packet.data() - memory_.data()) / kPlace;
}

void Train::generate(Choices& choices) {
    count_ = 0;
    const std::size_t packets = 4 + choices.below(kMaximumPackets - 4 + 1);
    const std::uint32_t flows = 1 + choices.below(kFlows);
    for (std::uint32_t i = 0; i < flows; ++i) {
        start_flow(choices, flows_[i]);
    }
    std::uint32_t flow = 0;
    while (count_ < packets) {
        if (choices.one_in(3)) {
            flow = choices.below(flows);
        }
        add_packet(choices, flows_[flow]);
    }
}

// Two of them may turn out to be the same flow.
void Train::start_flow(Choices& choices, Flow& flow) {
    flow.pair = static_cast<std::uint8_t>(choices.below(2));
    const std::uint32_t port = choices.below(3);
    const bool is_udp = choices.one_in(3);
    flow.number = static_cast<std::uint8_t>((flow.pair * 3 + port) * 2 + (is_udp ? 1 : 0));
    flow.segment_size = kSegmentSizes[choices.below(kSegmentSizes.size())];
    flow.options = {std::byte{1}, std::byte{1}, std::byte{8}, std::byte{10}};
    flow.plan = {};
    flow.plan.protocol = is_udp ? kUdpProtocol : kTcpProtocol;
    flow.plan.source = Ipv6Address{0x20010db800000000U, flow.pair};
    flow.plan.source_port = static_cast<std::uint16_t>(port);
    flow.plan.sequence = 0xFFFFF800U + choices.below(0x1000);
    flow.plan.options = choices.one_in(2) ? Bytes{flow.options} : Bytes{};
}

void Train::add_packet(Choices& choices, Flow& flow) {
    const std::uint32_t what = choices.below(24);
    if (what == 23) {
        add_foreign(choices, flow);
        return;
    }
    std::array<std::byte, 24> extension{};
    std::size_t size = flow.segment_size;
    if (what < 3) {
        size = change_extent(choices, flow.plan, flow.segment_size);
    }
    PacketPlan plan = flow.plan;
    if (what >= 3 && what < 7) {
        change_header(choices, flow.plan, plan);
    } else if (what == 7) {
        plan.extensions = put_extension(choices, plan, extension);
    }
    MutableBytes packet = write_packet(place(), plan, some_payload(choices, size));
    if (what == 8) {
        packet = spoil(choices, plan, packet);
    }
    flow.plan.sequence += static_cast<std::uint32_t>(size);
    members_[count_++] = {.bytes = packet,
                          .pair = flow.pair,
                          .flow = flow.number,
                          .is_opaque = !plan.extensions.empty(),
                          .is_free = packet.size() < 44};
}

// Belongs to nobody: ICMPv6 between the same addresses, IPv4, no packet at all.
void Train::add_foreign(Choices& choices, const Flow& flow) {
    const Bytes payload = some_payload(choices, 1 + choices.below(64));
    MutableBytes packet = place().first(0);
    switch (choices.below(3)) {
    case 0:
        packet = write_packet(place(), flow.plan, payload);
        packet[6] = std::byte{58};
        break;
    case 1:
        packet = write_packet(place(), flow.plan, payload);
        packet[0] = std::byte{0x45};
        break;
    default:
        packet = place().first(payload.size() - 1);
        std::copy_n(payload.begin(), packet.size(), packet.begin());
    }
    members_[count_++] = {.bytes = packet, .is_free = true};
}

Bytes Train::some_payload(Choices& choices, std::size_t size) const {
    return Bytes{pool_}.subspan(choices.below(kPoolSize - kMaximumPayload), size);
}

namespace {

// The order in which packets leave, held against the one in which they came.
class Order {
  public:
    const char* add(const Train::Member& member, std::size_t index) {
        if (std::exchange(seen_[index], true)) {
            return "a packet left twice";
        }
        ++count_;
        if (member.is_free) {
            return nullptr;
        }
        const int place = static_cast<int>(index);
        Pair& pair = pairs_[member.pair];
        const bool is_late = place < (member.is_opaque ? pair.last : pair.last_opaque);
        pair.last = std::max(pair.last, place);
        if (member.is_opaque) {
            pair.last_opaque = place;
            return is_late ? "a packet without a flow was overtaken" : nullptr;
        }
        int& last = flows_[member.flow];
        if (is_late || place < last) {
            return is_late ? "a packet without a flow came too early" : "a flow was reordered";
        }
        last = place;
        return nullptr;
    }
    [[nodiscard]] std::size_t count() const { return count_; }

  private:
    struct Pair {
        int last = -1;
        int last_opaque = -1;
    };
    std::array<bool, Train::kMaximumPackets> seen_{};
    std::array<Pair, 2> pairs_{};
    std::array<int, 12> flows_{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    std::size_t count_ = 0;
};

bool is_alone(const Coalescer::Group& group) {
    return group.segmentation == Segmentation{} && group.pieces.size() == 1 &&
           group.pieces[0].data() == group.packets[0].data() &&
           group.pieces[0].size() == group.packets[0].size();
}

Bytes assemble(std::span<const Bytes> pieces, MutableBytes to) {
    std::size_t size = 0;
    for (const Bytes piece : pieces) {
        if (piece.size() > to.size() - size) {
            return {};
        }
        std::ranges::copy(piece, to.subspan(size).begin());
        size += piece.size();
    }
    return to.first(size);
}

const char* check_segments(const SuperPacket& super_packet, const Coalescer::Group& group) {
    std::array<std::byte, SuperPacket::kMaximumHeaderSize> header{};
    for (std::size_t i = 0; i < group.packets.size(); ++i) {
        const Bytes packet = group.packets[i];
        const Bytes payload = super_packet.payload(i);
        if (super_packet.size(i) != packet.size()) {
            return "a segment has another size than its packet";
        }
        super_packet.write_header(i, header);
        if (!equal(Bytes{header}.first(super_packet.header_size()),
                   packet.first(super_packet.header_size()))) {
            return "a segment has another header than its packet";
        }
        if (!equal(payload, packet.last(payload.size()))) {
            return "a segment has another payload than its packet";
        }
        if (group.pieces[i + 1].data() != packet.data() + super_packet.header_size()) {
            return "a payload was copied";
        }
    }
    return nullptr;
}

}  // namespace

const char* check_group(const Coalescer::Group& group) {
    if (group.packets.size() == 1) {
        return is_alone(group) ? nullptr : "a packet alone is not written as it is";
    }
    static std::array<std::byte, 65536> memory;
    const Bytes whole = assemble(group.pieces, memory);
    const auto super_packet = SuperPacket::parse(whole, group.segmentation);
    if (!super_packet) {
        return "what was joined is no super-packet";
    }
    if (!group.segmentation.needs_checksum || whole.size() > Coalescer::kMaximumSize ||
        group.segmentation.header_size != super_packet->header_size()) {
        return "no device takes this super-packet";
    }
    if (group.segmentation.kind == SegmentationKind::kUdp &&
        group.packets.size() > Coalescer::kMaximumDatagrams) {
        return "too many datagrams in a super-packet";
    }
    if (super_packet->count() != group.packets.size() ||
        group.pieces.size() != group.packets.size() + 1) {
        return "a super-packet has not as many segments as packets were joined";
    }
    return check_segments(*super_packet, group);
}

Verdict check_train(Coalescer& coalescer, const Train& train) {
    Verdict verdict;
    const auto note = [&verdict](const char* wrong) {
        verdict.wrong = verdict.wrong == nullptr ? wrong : verdict.wrong;
    };
    const auto members = train.members();
    for (const Train::Member& member : members) {
        if (!coalescer.add(member.bytes)) {
            note("a packet was refused");
        }
    }
    Order order;
    for (const Coalescer::Group& group : coalescer.finish()) {
        for (const Bytes packet : group.packets) {
            const std::size_t index = train.index_of(packet);
            if (index >= members.size() || packet.size() != members[index].bytes.size()) {
                note("a packet left that had not come");
                continue;
            }
            note(order.add(members[index], index));
        }
        note(check_group(group));
        verdict.joined += group.packets.size() > 1 ? group.packets.size() : 0;
    }
    if (order.count() != members.size()) {
        note("a packet was lost");
    }
    coalescer.clear();
    return verdict;
}

}  // namespace miredo::offload
