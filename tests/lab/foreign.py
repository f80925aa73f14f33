# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""A Teredo client that is neither ours nor the old Miredo, written from the RFCs alone.

It does what clients in the field are known to do and ours does not: it solicits with the cone bit
(RFC 4380 §5.2.1), from the link-local address that spells TEREDO; its address has the cone bit; its
indirect bubbles list other addresses (RFC 6081 §5.6.4.1). It shares no code with src/.
"""

import dataclasses
import ipaddress
import secrets
import socket
import struct
import time

from lab.tools import LabError

kTeredoPort = 3544
kCone = 0x8000
#: What is at the end of the two forms of its link-local address.
kSpelling = b"TEREDO"
kAllRouters = ipaddress.IPv6Address("ff02::2")

kNoNextHeader, kIcmpv6 = 59, 58
kEchoRequest, kEchoReply, kSolicitation, kAdvertisement = 128, 129, 133, 134
kNonceTrailer, kAlternateTrailer = 1, 3


def link_local(cone):
    identifier = struct.pack("!H", kCone if cone else 0) + kSpelling
    return ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + identifier)


def teredo_address(server, endpoint, flags):
    """RFC 4380 §4: prefix, server, flags, and the mapping with its bits turned over."""
    address, port = endpoint
    inverted = bytes(byte ^ 0xff for byte in struct.pack("!H", port) + socket.inet_aton(address))
    return ipaddress.IPv6Address(
        b"\x20\x01\x00\x00" + socket.inet_aton(server) + struct.pack("!H", flags) + inverted)


def mapping_of(address):
    """The endpoint in a Teredo address."""
    tail = bytes(byte ^ 0xff for byte in address.packed[10:])
    return socket.inet_ntoa(tail[2:]), struct.unpack("!H", tail[:2])[0]


def server_of(address):
    return socket.inet_ntoa(address.packed[4:8])


def _sum(data):
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def icmpv6(source, destination, kind, body, hop_limit, traffic_class=0):
    """A whole IPv6 packet; `body` is what follows code and checksum."""
    message = struct.pack("!BBH", kind, 0, 0) + body
    pseudo = source.packed + destination.packed + struct.pack("!II", len(message), kIcmpv6)
    checksum = ~_sum(pseudo + message) & 0xffff
    first = 6 << 28 | traffic_class << 20
    header = struct.pack("!IHBB", first, len(message), kIcmpv6, hop_limit)
    return header + source.packed + destination.packed + message[:2] + struct.pack(
        "!H", checksum) + message[4:]


def bubble(source, destination, trailers=b""):
    header = struct.pack("!IHBB", 6 << 28, 0, kNoNextHeader, 0)
    return header + source.packed + destination.packed + trailers


def nonce_trailer(nonce):
    return struct.pack("!BB", kNonceTrailer, len(nonce)) + nonce


def alternate_trailer(endpoints):
    entries = b"".join(socket.inet_aton(a) + struct.pack("!H", port) for a, port in endpoints)
    return struct.pack("!BBH", kAlternateTrailer, 2 + len(entries), 0) + entries


@dataclasses.dataclass(frozen=True)
class Datagram:
    """A received one, taken apart."""
    sender: tuple
    origin: tuple | None
    source: ipaddress.IPv6Address
    destination: ipaddress.IPv6Address
    next_header: int
    payload: bytes
    trailers: bytes
    nonce: bytes | None  # of the authentication
    traffic_class: int
    outer_tos: int = 0

    def is_bubble(self):
        return self.next_header == kNoNextHeader and not self.payload

    def is_message(self, kind):
        return self.next_header == kIcmpv6 and self.payload[:1] == bytes([kind])


def parse(data, sender, outer_tos=0):
    nonce = origin = None
    if data[:2] == b"\x00\x01":
        size = 13 + data[2] + data[3]
        nonce, data = data[size - 9:size - 1], data[size:]
    if data[:2] == b"\x00\x00":
        turned = bytes(byte ^ 0xff for byte in data[2:8])
        origin = socket.inet_ntoa(turned[2:]), struct.unpack("!H", turned[:2])[0]
        data = data[8:]
    traffic_class = (data[0] & 0x0f) << 4 | data[1] >> 4
    length, next_header = struct.unpack("!4xHB", data[:7])
    return Datagram(sender, origin, ipaddress.IPv6Address(data[8:24]),
                    ipaddress.IPv6Address(data[24:40]), next_header, data[40:40 + length],
                    data[40 + length:], nonce, traffic_class, outer_tos)


class ForeignClient:
    """On one node, without a NAT before it; it does what a test tells it, one step at a time."""

    def __init__(self, namespace, address, server):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        self.endpoint = self._socket.getsockname()
        self.server = server
        self.address = teredo_address(server, self.endpoint, kCone)

    def close(self):
        self._socket.close()

    def set_tos(self, tos):
        """For the IPv4 headers from now on."""
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)

    def send(self, data, to):
        self._socket.sendto(data, to)

    def receive(self, wanted, limit=5):
        """The next datagram for which wanted(datagram) is true; others are passed over."""
        deadline = time.monotonic() + limit
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                data, ancillary, _flags, sender = self._socket.recvmsg(65536, 64)
            except TimeoutError:
                break
            tos = next((v[0] for _, what, v in ancillary if what == socket.IP_TOS), 0)
            datagram = parse(data, sender, tos)
            if wanted(datagram):
                return datagram
        raise LabError(f"the foreign client did not get what it waited {limit} s for")

    def solicit(self, to, cone):
        """Asks a server; gives the nonce of the question."""
        nonce = secrets.token_bytes(8)
        authentication = b"\x00\x01\x00\x00" + nonce + b"\x00"
        self.send(authentication + icmpv6(link_local(cone), kAllRouters, kSolicitation,
                                          bytes(4), 255), (to, kTeredoPort))
        return nonce

    def send_bubbles(self, peer, nonce):
        """Direct, and indirect with all trailers that there are (RFC 6081 §5.2.4.1, §5.6.4.1)."""
        self.send(bubble(self.address, peer), mapping_of(peer))
        trailers = nonce_trailer(nonce) + alternate_trailer([("192.168.77.1", 51000)])
        self.send(bubble(self.address, peer, trailers), (server_of(peer), kTeredoPort))

    def answer_indirect(self, received):
        """RFC 4380 §5.2.3: a direct bubble to where the indirect one came from."""
        self.send(bubble(received.destination, received.source, received.trailers), received.origin)

    def ping(self, peer, to, traffic_class=0):
        """Sends an echo request; gives the data that the reply has to have."""
        data = struct.pack("!HH", 77, 1) + secrets.token_bytes(16)
        self.send(icmpv6(self.address, peer, kEchoRequest, data, 64, traffic_class), to)
        return data

    def answer_ping(self, received):
        self.send(icmpv6(received.destination, received.source, kEchoReply, received.payload[4:],
                         64), received.sender)
