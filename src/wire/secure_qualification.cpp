// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: The Miredo authors
#include "wire/secure_qualification.hpp"

namespace miredo::wire {
namespace {

// All that is covered in front of the packet.
using Covered = StaticBytes<kAuthenticationNonceSize + 1 + kOriginSize>;

Covered covered_headers(const Authentication& authentication, std::optional<Endpoint> origin) {
    Covered covered;
    store_be64(covered.extend(kAuthenticationNonceSize), authentication.nonce);
    covered.extend(1)[0] = std::byte{authentication.confirmation};
    if (origin) {
        write_origin(covered.extend(kOriginSize), *origin);
    }
    return covered;
}

}  // namespace

HmacSha1::Value authentication_value(HmacSha1& mac,
                                     const Authentication& authentication,
                                     std::optional<Endpoint> origin,
                                     Bytes packet) {
    return mac.compute({covered_headers(authentication, origin).bytes(), packet});
}

bool is_authentic(HmacSha1& mac, const TeredoDatagram& datagram) {
    if (!datagram.authentication) {
        return false;
    }
    return mac.verify({covered_headers(*datagram.authentication, datagram.origin).bytes(),
                       datagram.packet.bytes()},
                      datagram.authentication->value);
}

}  // namespace miredo::wire
