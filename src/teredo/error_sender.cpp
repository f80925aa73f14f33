// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "teredo/error_sender.hpp"

namespace miredo::teredo {

void ErrorSender::send_unreachable(Instant now,
                                   const Ipv6Address& source,
                                   wire::UnreachableCode code,
                                   Bytes about,
                                   Output& output) {
    if (const auto packet = wire::Ipv6Packet::parse(about)) {
        send(now, wire::build_unreachable(source, code, *packet), output);
    }
}

void ErrorSender::send_time_exceeded(Instant now,
                                     const Ipv6Address& source,
                                     Bytes about,
                                     Output& output) {
    if (const auto packet = wire::Ipv6Packet::parse(about)) {
        send(now, wire::build_time_exceeded(source, *packet), output);
    }
}

void ErrorSender::send(Instant now, const std::optional<wire::ErrorPacket>& error, Output& output) {
    if (error && bucket_.try_take(now)) {
        output.inject(error->bytes());
        ++counters_.errors_sent;
    }
}

}  // namespace miredo::teredo
