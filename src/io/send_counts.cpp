// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "io/send_counts.hpp"

#include <cerrno>

namespace miredo::io {

void SendCounts::count_error(int error_number, std::uint64_t packets) {
    last_error = error_number;
    switch (error_number) {
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
        no_buffer += packets;
        break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ECONNREFUSED:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENONET:
    case EADDRNOTAVAIL:  // the local address has just gone
    case EIO:            // tun: the interface is down
        unreachable += packets;
        break;
    case EPERM:
    case EACCES:
        forbidden += packets;
        break;
    case EMSGSIZE:
        too_big += packets;
        break;
    default:
        refused += packets;
        break;
    }
}

SendCounts& SendCounts::operator+=(const SendCounts& other) {
    sent += other.sent;
    bytes += other.bytes;
    no_buffer += other.no_buffer;
    unreachable += other.unreachable;
    forbidden += other.forbidden;
    too_big += other.too_big;
    refused += other.refused;
    if (other.last_error != 0) {
        last_error = other.last_error;
    }
    return *this;
}

}  // namespace miredo::io
