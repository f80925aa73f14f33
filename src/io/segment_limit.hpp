// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
//
// What a UDP socket has learnt about UDP_SEGMENT from the kernel's refusals. They depend on the
// route: a device without checksum offload (EIO; kernels before 6.11), IPsec (EIO), a segment that
// is larger than the device's MTU and would have to be fragmented (EINVAL; EMSGSIZE since 6.13).
// Routes change, so nothing learnt holds for ever.
#pragma once

#include <cstddef>
#include <limits>

#include "io/offloads.hpp"

namespace miredo::io {

class SegmentLimit {
  public:
    // Datagrams that are sent before what was refused is tried again.
    static constexpr std::size_t kSizePause = 4096;
    static constexpr std::size_t kRefusalPause = std::size_t{1} << 20U;

    // `error_number` is not 0 where the kernel does not know UDP_SEGMENT.
    SegmentLimit(bool wanted, int error_number)
        : usable_{wanted && error_number == 0}, error_number_{wanted ? error_number : 0} {}

    // True for an errno of a send that may mean: not in segments.
    [[nodiscard]] static bool is_refusal(int error_number);

    // Whether datagrams of `size` bytes may be cut off a larger piece.
    [[nodiscard]] bool allows(std::size_t size) const { return usable_ && size < refused_; }
    // The kernel has refused to cut a piece into `size` bytes, but took the datagrams one by one.
    void refuse(std::size_t size, int error_number);
    // `count` more datagrams are about to be sent.
    void advance(std::size_t count);

    [[nodiscard]] Offload state() const {
        return {usable_ && refused_ > 0, usable_ && refused_ > 0 ? 0 : error_number_};
    }
    // 0 for none.
    [[nodiscard]] std::size_t smallest_refused() const {
        return usable_ && refused_ != kNone ? refused_ : 0;
    }

  private:
    static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

    bool usable_;
    int error_number_;
    std::size_t refused_ = kNone;  // the smallest; 0: all
    std::size_t pause_ = 0;        // datagrams until all is tried again
};

}  // namespace miredo::io
