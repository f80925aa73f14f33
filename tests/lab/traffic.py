# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Traffic through the lab: pings with their round trips, TCP with checksums, malformed floods."""

import contextlib
import dataclasses
import hashlib
import random
import re
import socket
import threading
import time

from lab.daemon import build_directory
from lab.tools import LabError, run_tool

kTransferBytes = 10 * 1000 * 1000
_kReply = re.compile(r"icmp_seq=(\d+) .*time=([\d.]+) ms")


def ping(namespace, target, count=3, interval=0.05, wait=2):
    """Round trips in milliseconds by sequence number, 1 first; what was lost is absent."""
    done = namespace.run("ping", "-6", "-n", "-c", count, "-i", interval, "-W", wait, target,
                         check=False, limit=count * (interval + wait) + 10)
    return {int(sequence): float(time_) for sequence, time_ in _kReply.findall(done.stdout)}


def ping_until_answer(namespace, target, tries=6):
    """Pings once a second, `tries` at most, up to the first answer: True if there was one."""
    done = namespace.run("ping", "-6", "-n", "-c", 1, "-i", 1, "-w", tries, target,
                         check=False, limit=tries + 10)
    return bool(_kReply.search(done.stdout))


@dataclasses.dataclass(frozen=True)
class Transfer:
    """Seconds that each direction of a checked TCP transfer took."""
    forward: float
    back: float
    size: int

    def __str__(self):
        rates = (self.size * 8 / 1e6 / seconds for seconds in (self.forward, self.back))
        return "{:.0f} / {:.0f} Mbit/s".format(*rates)


def _socket_in(namespace):
    with namespace.entered():
        made = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    # One congestion control wherever the lab runs, if the kernel has it.
    with contextlib.suppress(OSError):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    return made


def _receive_exactly(connection, size):
    """The SHA-256 of the next `size` bytes."""
    digest, left = hashlib.sha256(), size
    while left:
        data = connection.recv(min(left, 1 << 18))
        if not data:
            raise LabError(f"the TCP connection ended {left} bytes early")
        digest.update(data)
        left -= len(data)
    return digest.digest()


class _Responder(threading.Thread):
    """Takes one connection, reads what comes, then sends its own data back."""

    def __init__(self, listener, data, limit):
        super().__init__(daemon=True)
        self.listener, self.data, self.limit = listener, data, limit
        self.received = None
        self.error = None

    def run(self):
        try:
            self.listener.settimeout(self.limit)
            connection, _peer = self.listener.accept()
            with connection:
                connection.settimeout(self.limit)
                self.received = _receive_exactly(connection, len(self.data))
                connection.sendall(self.data)
        except (OSError, LabError) as error:
            self.error = error


def tcp_both_ways(source, target, address, size=kTransferBytes, limit=20):
    """Sends `size` random bytes from `source` to `target` at `address` and as many others back.

    Both ends compare SHA-256; a difference, an error or silence for `limit` seconds is a LabError.
    """
    outward, homeward = random.randbytes(size), random.randbytes(size)
    with _socket_in(target) as listener, _socket_in(source) as connection:
        listener.bind((str(address), 0))
        listener.listen(1)
        responder = _Responder(listener, homeward, limit)
        responder.start()
        connection.settimeout(limit)
        try:
            begin = time.monotonic()
            connection.connect((str(address), listener.getsockname()[1]))
            connection.sendall(outward)
            got = connection.recv(1, socket.MSG_PEEK)
            turned = time.monotonic()
            received = _receive_exactly(connection, size) if got else b""
            end = time.monotonic()
        except OSError as error:
            raise LabError(f"TCP to {address}: {error}; other end: {responder.error}") from None
        responder.join(limit)
    _compare("forward", outward, responder.received)
    _compare("back", homeward, received)
    return Transfer(turned - begin, end - turned, size)


def _compare(direction, sent, received):
    if hashlib.sha256(sent).digest() != received:
        raise LabError(f"TCP {direction}: the checksum differs from what was sent")


@dataclasses.dataclass(frozen=True)
class Flood:
    """What the flood tool says it sent."""
    sent: int
    seconds: float


def flood(namespace, target, port, sources, count, rate):
    """Sends malformed datagrams of many shapes, from the given source addresses and ports.

    `sources` are "address:port" and may be other hosts': that is what a stranger can do.
    """
    program = build_directory() / "tests/lab/flood"
    if not program.exists():
        raise LabError(f"no {program}: build first")
    arguments = [program, f"{target}:{port}", count, rate, *sources]
    begin = time.monotonic()
    done = namespace.run(*arguments, limit=count / rate * 4 + 30)
    return Flood(int(done.stdout), time.monotonic() - begin)
