// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/udp_sender.hpp"

#include <cerrno>
#include <cstring>
#include <span>

#include <netinet/udp.h>

#include "io/send_messages.hpp"

namespace miredo::io {
namespace {

void set_pieces(msghdr& header, const iovec* first, std::size_t count) {
    // The kernel only reads through it; the structure serves both directions.
    header.msg_iov = const_cast<iovec*>(first);
    header.msg_iovlen = count;
}

void put_item(char* to, int level, int type, std::size_t size) {
    cmsghdr item{};
    item.cmsg_level = level;
    item.cmsg_type = type;
    item.cmsg_len = CMSG_LEN(size);
    std::memcpy(to, &item, sizeof item);
}

}  // namespace

UdpSender::UdpSender(bool segments_wanted, int error_number)
    : limit_{segments_wanted, error_number} {
    for (std::size_t i = 0; i < kMessages; ++i) {
        names_[i].sin_family = AF_INET;
        messages_[i].msg_hdr.msg_name = &names_[i];
        messages_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
        char* const control = controls_[i].bytes.data();
        put_item(control, IPPROTO_IP, IP_TOS, sizeof(int));
        put_item(control + Control::kTosSize, IPPROTO_UDP, UDP_SEGMENT, sizeof(std::uint16_t));
    }
}

SendCounts UdpSender::send(int fd, const DatagramSendBatch& batch) {
    limit_.advance(batch.size());
    SendCounts counts;
    std::size_t next = 0;
    while (next < batch.size()) {
        const std::size_t count = prepare(batch, next);
        next = transmit(fd, batch, count, counts);
    }
    return counts;
}

void UdpSender::describe(UdpOffloads& offloads) const {
    offloads.segments_sent = limit_.state();
    offloads.smallest_refused = limit_.smallest_refused();
    offloads.segmentation_fallbacks = fallbacks_;
}

// All segments have one size; only the last one may be shorter, and none is empty.
UdpSender::Group UdpSender::group_at(const DatagramSendBatch& batch, std::size_t first) const {
    const OutgoingDatagram head = batch[first];
    Group group{first, 1, head.size};
    if (head.size == 0 || !limit_.allows(head.size)) {
        return group;
    }
    std::size_t bytes = head.size;
    std::size_t last_size = head.size;
    while (last_size == head.size && group.count < kMaxSegments &&
           first + group.count < batch.size()) {
        const OutgoingDatagram next = batch[first + group.count];
        if (next.to != head.to || next.tos != head.tos || next.size == 0 || next.size > head.size ||
            bytes + next.size > kMaxBytes) {
            break;
        }
        bytes += next.size;
        last_size = next.size;
        ++group.count;
    }
    return group;
}

// Makes messages of the datagrams from `first` on; returns how many.
std::size_t UdpSender::prepare(const DatagramSendBatch& batch, std::size_t first) {
    std::size_t count = 0;
    while (count < kMessages && first < batch.size()) {
        groups_[count] = group_at(batch, first);
        fill(count, batch);
        first += groups_[count].count;
        ++count;
    }
    return count;
}

void UdpSender::fill(std::size_t index, const DatagramSendBatch& batch) {
    const Group& group = groups_[index];
    const OutgoingDatagram head = batch[group.first];
    const OutgoingDatagram last = batch[group.first + group.count - 1];
    names_[index].sin_port = htons(head.to.port);
    names_[index].sin_addr.s_addr = htonl(head.to.address.value());
    msghdr& header = messages_[index].msg_hdr;
    const iovec* const first = head.pieces.data();
    set_pieces(
        header, first, static_cast<std::size_t>(last.pieces.data() - first) + last.pieces.size());
    const auto segment_size = static_cast<std::uint16_t>(group.segment_size);
    std::memcpy(controls_[index].bytes.data() + Control::kTosSize + CMSG_LEN(0),
                &segment_size,
                sizeof segment_size);
    set_control(header, index, head.tos, group.count > 1);
}

void UdpSender::set_control(msghdr& header, std::size_t index, std::uint8_t tos, bool is_cut) {
    char* const control = controls_[index].bytes.data();
    const int value = tos;
    std::memcpy(control + CMSG_LEN(0), &value, sizeof value);
    const std::size_t start = tos != 0 ? 0 : Control::kTosSize;
    const std::size_t end = Control::kTosSize + (is_cut ? Control::kSegmentSize : 0);
    header.msg_control = start < end ? control + start : nullptr;
    header.msg_controllen = end - start;
}

// Returns the first datagram that is not dealt with yet: behind a piece that was refused, what was
// prepared may be out of date.
std::size_t
UdpSender::transmit(int fd, const DatagramSendBatch& batch, std::size_t count, SendCounts& counts) {
    std::size_t done = 0;
    while (done < count) {
        // Returns how many went before the first that failed; its errno shows when it is first.
        const int sent = ::sendmmsg(
            fd, &messages_[done], static_cast<unsigned>(count - done), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            for (const std::size_t end = done + static_cast<std::size_t>(sent); done < end;
                 ++done) {
                counts.sent += groups_[done].count;
                counts.bytes += messages_[done].msg_len;
            }
        } else if (errno != EINTR) {
            const int error_number = errno;
            const Group& group = groups_[done];
            if (group.count > 1 && SegmentLimit::is_refusal(error_number)) {
                send_singly(fd, batch, done, error_number, counts);
                return group.first + group.count;
            }
            counts.count_error(error_number, group.count);
            ++done;
        }
    }
    return groups_[count - 1].first + groups_[count - 1].count;
}

void UdpSender::send_singly(int fd,
                            const DatagramSendBatch& batch,
                            std::size_t index,
                            int error_number,
                            SendCounts& counts) {
    const Group& group = groups_[index];
    std::array<mmsghdr, kMaxSegments> messages{};
    for (std::size_t i = 0; i < group.count; ++i) {
        const OutgoingDatagram datagram = batch[group.first + i];
        msghdr& header = messages[i].msg_hdr;
        header.msg_name = &names_[index];
        header.msg_namelen = sizeof(sockaddr_in);
        set_pieces(header, datagram.pieces.data(), datagram.pieces.size());
        set_control(header, index, datagram.tos, false);
    }
    const SendCounts singly = send_messages(fd, std::span{messages}.first(group.count));
    // Where the same comes of each alone, it says something about the destination.
    if (singly.sent > 0 || singly.last_error != error_number) {
        ++fallbacks_;
        limit_.refuse(group.segment_size, error_number);
    }
    counts += singly;
}

}  // namespace miredo::io
