// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/datagram_batch.hpp"

#include <cstring>

#include <netinet/in.h>
#include <netinet/udp.h>

namespace miredo::io {
namespace {

iovec piece_of(Bytes bytes) {
    // The kernel only reads through it; the structure serves both directions.
    return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

constexpr std::size_t kSlotSize = 65536;
// Not a power of two: the beginnings of all slots would share a few lines of the cache.
constexpr std::size_t kSlotStride = kSlotSize + 192;
constexpr std::size_t kFewSlots = 16;
constexpr std::size_t kMuch = std::size_t{256} * 1024;

template <typename T>
T load_item(const cmsghdr& item) {
    T value{};
    std::memcpy(&value, CMSG_DATA(&item), sizeof value);
    return value;
}

void take_control(msghdr& header, DatagramRun& run) {
    for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr;
         item = CMSG_NXTHDR(&header, item)) {
        if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TOS) {
            run.tos = load_item<std::uint8_t>(*item);
        } else if (item->cmsg_level == IPPROTO_UDP && item->cmsg_type == UDP_GRO) {
            if (const int size = load_item<int>(*item); size > 0) {
                run.segment_size = static_cast<std::size_t>(size);
            }
        }
    }
}

}  // namespace

// Of one recvmmsg(): written once, but for what the kernel changes.
struct DatagramReceiveBatch::Headers {
    struct alignas(cmsghdr) Control {
        std::array<char, CMSG_SPACE(sizeof(std::uint8_t)) + CMSG_SPACE(sizeof(int))> bytes;
    };

    std::array<mmsghdr, kCapacity> messages;
    std::array<iovec, kCapacity> pieces;
    std::array<sockaddr_in, kCapacity> names;
    std::array<Control, kCapacity> controls;
};

// The slots are left uninitialised: the kernel gives memory page by page when something is first
// written there.
DatagramReceiveBatch::DatagramReceiveBatch()
    : slots_{std::make_unique_for_overwrite<std::byte[]>(kCapacity * kSlotStride)},
      headers_{std::make_unique<Headers>()} {
    for (std::size_t i = 0; i < kCapacity; ++i) {
        headers_->pieces[i] = {slots_.get() + i * kSlotStride, kSlotSize};
        msghdr& header = headers_->messages[i].msg_hdr;
        header.msg_name = &headers_->names[i];
        header.msg_iov = &headers_->pieces[i];
        header.msg_iovlen = 1;
        header.msg_control = headers_->controls[i].bytes.data();
    }
}

DatagramReceiveBatch::~DatagramReceiveBatch() = default;

std::size_t DatagramReceiveBatch::wanted_slots() const {
    return bytes_ > kMuch ? kFewSlots : kCapacity;
}

mmsghdr* DatagramReceiveBatch::prepare(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        msghdr& header = headers_->messages[i].msg_hdr;
        header.msg_namelen = sizeof(sockaddr_in);
        header.msg_controllen = sizeof headers_->controls[i].bytes;
    }
    return headers_->messages.data();
}

std::size_t DatagramReceiveBatch::take(std::size_t count) {
    std::size_t truncated = 0;
    run_count_ = 0;
    size_ = 0;
    bytes_ = 0;
    for (std::size_t i = 0; i < count; ++i) {
        mmsghdr& message = headers_->messages[i];
        if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
            ++truncated;
            continue;
        }
        const sockaddr_in& from = headers_->names[i];
        DatagramRun& run = runs_[run_count_++];
        run = {{Ipv4Address{ntohl(from.sin_addr.s_addr)}, ntohs(from.sin_port)},
               0,
               {slots_.get() + i * kSlotStride, message.msg_len},
               message.msg_len};
        take_control(message.msg_hdr, run);
        size_ += run.count();
        bytes_ += message.msg_len;
    }
    return truncated;
}

bool DatagramSendBatch::append_borrowed(Endpoint to,
                                        Bytes header,
                                        Bytes payload,
                                        std::uint8_t tos) {
    if (size_ == kCapacity) {
        return false;
    }
    const auto count = static_cast<std::uint8_t>(payload.empty() ? 1 : 2);
    entries_[size_++] = {to,
                         static_cast<std::uint32_t>(header.size() + payload.size()),
                         static_cast<std::uint16_t>(piece_count_),
                         count,
                         tos};
    pieces_[piece_count_] = piece_of(header);
    if (count == 2) {
        pieces_[piece_count_ + 1] = piece_of(payload);
    }
    piece_count_ += count;
    return true;
}

bool DatagramSendBatch::append_copied(Endpoint to, Bytes bytes, std::uint8_t tos) {
    return size_ < kCapacity && arena_.fits(bytes.size()) &&
           append_borrowed(to, arena_.copy(bytes), tos);
}

void DatagramSendBatch::clear() {
    size_ = 0;
    piece_count_ = 0;
    arena_.clear();
}

}  // namespace miredo::io
