// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/send_messages.hpp"

#include <cerrno>
#include <cstddef>

namespace miredo::io {

SendCounts send_messages(int fd, std::span<mmsghdr> messages) {
    SendCounts counts;
    while (!messages.empty()) {
        // Returns how many went before the first that failed; its errno shows when it is first.
        const int sent = ::sendmmsg(fd,
                                    messages.data(),
                                    static_cast<unsigned>(messages.size()),
                                    MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            const auto done = static_cast<std::size_t>(sent);
            for (const mmsghdr& message : messages.first(done)) {
                ++counts.sent;
                counts.bytes += message.msg_len;
            }
            messages = messages.subspan(done);
        } else if (errno != EINTR) {
            counts.count_error(errno);
            messages = messages.subspan(1);
        }
    }
    return counts;
}

}  // namespace miredo::io
