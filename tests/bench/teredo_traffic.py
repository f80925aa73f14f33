# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Datagrams as Teredo clients send them (RFC 4380 §5.2): one each from many, and many from one."""

import ipaddress
import multiprocessing
import socket
import struct
import time

from bench.arrivals import Counter
from lab import topology
from lab.tools import LabError, wait_until

kSinkPort = 4000
_kStreamPort = 40000
_kStreamPayload = 512
_kHeaders = 40 + 8  # of IPv6 and UDP
_kFirstSource = ipaddress.IPv4Address("46.0.0.1")
_kNoNextHeader = 59
# Few enough at once for any socket's buffer.
_kFillBatch = 64
_kFillRate = 20_000
_kTick = 0.001


def teredo_address(address, port):
    """The client behind this public address and port; our server is its server (RFC 4380 §4)."""
    server = ipaddress.IPv4Address(topology.kServerAddress)
    mapped = int(ipaddress.IPv4Address(address)) ^ 0xFFFFFFFF
    return struct.pack(">HH4sHHI", 0x2001, 0, server.packed, 0, port ^ 0xFFFF, mapped)


def _ipv6(next_header, source, target, payload=b""):
    return struct.pack(">IHBB", 6 << 28, len(payload), next_header, 255) + source + target + payload


def _checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _udp(source, target):
    size = 8 + _kStreamPayload
    header = struct.pack(">HHHH", kSinkPort, kSinkPort, size, 0)
    pseudo_header = source + target + struct.pack(">II", size, socket.IPPROTO_UDP)
    checksum = _checksum(pseudo_header + header + bytes(_kStreamPayload)) or 0xFFFF
    return header[:6] + struct.pack(">H", checksum) + bytes(_kStreamPayload)


def send_bubbles(namespace, client, endpoint, count):
    """A direct bubble from each of `count` other clients: every one becomes a peer of `client`."""
    target, port = endpoint
    with namespace.entered():
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    begin = time.monotonic()
    with raw:
        for number in range(count):
            source = _kFirstSource + number
            bubble = _ipv6(_kNoNextHeader, teredo_address(source, kSinkPort), client.packed)
            # Without a UDP checksum (RFC 768); the kernel fills in that of the IPv4 header.
            head = struct.pack(">BBHHHBBH4s4sHHHH", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0,
                               source.packed, target.packed, kSinkPort, port, 8 + len(bubble), 0)
            raw.sendto(head + bubble, (str(target), 0))
            if number % _kFillBatch == 0:
                time.sleep(max(0, begin + number / _kFillRate - time.monotonic()))


def _send_stream(outward, datagram, rate, seconds, report):
    begin, sent = time.monotonic(), 0
    while (passed := time.monotonic() - begin) < seconds:
        while sent < passed * rate:
            outward.send(datagram)
            sent += 1
        time.sleep(_kTick)
    report.send(sent)


class Stream:
    """One client's packets, straight to the other: `rate` a second for `seconds`."""

    def __init__(self, namespace, client, endpoint, rate, seconds):
        source = teredo_address(topology.kStrangerAddress, _kStreamPort)
        datagram = _ipv6(socket.IPPROTO_UDP, source, client.packed, _udp(source, client.packed))
        with namespace.entered():
            outward = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        outward.bind((topology.kStrangerAddress, _kStreamPort))
        outward.connect((str(endpoint[0]), endpoint[1]))
        self._report, theirs = multiprocessing.Pipe(duplex=False)
        # A process of its own: it must not wait for what is measured meanwhile.
        self._process = multiprocessing.Process(
            target=_send_stream, args=(outward, datagram, rate, seconds, theirs), daemon=True)
        self._process.start()
        outward.close()
        theirs.close()

    def is_running(self):
        return not self._report.poll(0)

    def finish(self):
        """Waits for the end: the number of packets sent."""
        sent = self._report.recv()
        self._process.join()
        return sent


def sink(namespace, device):
    """Counts a Stream's packets where they come out of the tunnel."""
    return Counter(namespace, device, kSinkPort, _kHeaders, _kStreamPayload)


def lost(counter, before, sent, limit=2):
    """How many of the packets have not arrived when nothing more comes."""
    try:
        wait_until(lambda: counter.count() - before >= sent, limit)
    except LabError:
        pass
    return sent - (counter.count() - before)
