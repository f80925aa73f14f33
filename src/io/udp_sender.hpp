// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// sendmmsg(2) with UDP_SEGMENT: consecutive datagrams to one endpoint go to the kernel as one piece
// that it (or the device) cuts. Where it will not, they go one by one. Internal to UdpSocket, which
// owns one: the headers are prepared once as far as they are constant.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <netinet/in.h>
#include <sys/socket.h>

#include "io/datagram_batch.hpp"
#include "io/offloads.hpp"
#include "io/segment_limit.hpp"
#include "io/send_counts.hpp"

namespace miredo::io {

class UdpSender {
  public:
    // Of one piece: what every kernel that knows UDP_SEGMENT takes, and, with the headers of UDP,
    // IPv4 and an Ethernet with a VLAN, less than the 64 KiB that devices cut (gso_max_size). More
    // would be cut by software first.
    static constexpr std::size_t kMaxSegments = 64;
    static constexpr std::size_t kMaxBytes = 65535 - 8 - 20 - 18;

    // As for SegmentLimit.
    UdpSender(bool segments_wanted, int error_number);
    UdpSender(const UdpSender&) = delete;  // the headers point into it
    UdpSender& operator=(const UdpSender&) = delete;
    UdpSender(UdpSender&&) = delete;
    UdpSender& operator=(UdpSender&&) = delete;
    ~UdpSender() = default;

    // Sends all it can, in order, and gets past each one that fails.
    SendCounts send(int fd, const DatagramSendBatch& batch);
    void describe(UdpOffloads& offloads) const;

  private:
    static constexpr std::size_t kMessages = 64;  // of one sendmmsg()
    // IP_TOS, then UDP_SEGMENT: a message has none, either, or both.
    struct alignas(cmsghdr) Control {
        static constexpr std::size_t kTosSize = CMSG_SPACE(sizeof(int));
        static constexpr std::size_t kSegmentSize = CMSG_SPACE(sizeof(std::uint16_t));

        std::array<char, kTosSize + kSegmentSize> bytes;
    };
    // Datagrams that go as one message.
    struct Group {
        std::size_t first;
        std::size_t count;
        std::size_t segment_size;
    };

    [[nodiscard]] Group group_at(const DatagramSendBatch& batch, std::size_t first) const;
    [[nodiscard]] std::size_t prepare(const DatagramSendBatch& batch, std::size_t first);
    void fill(std::size_t index, const DatagramSendBatch& batch);
    void set_control(msghdr& header, std::size_t index, std::uint8_t tos, bool is_cut);
    [[nodiscard]] std::size_t
    transmit(int fd, const DatagramSendBatch& batch, std::size_t count, SendCounts& counts);
    void send_singly(int fd,
                     const DatagramSendBatch& batch,
                     std::size_t index,
                     int error_number,
                     SendCounts& counts);

    std::array<mmsghdr, kMessages> messages_{};
    std::array<sockaddr_in, kMessages> names_{};
    std::array<Control, kMessages> controls_{};
    std::array<Group, kMessages> groups_{};
    SegmentLimit limit_;
    std::uint64_t fallbacks_ = 0;
};

}  // namespace miredo::io
