# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What is around the packets: IPv4 and UDP headers, hop limits, ports, and the way they leave."""

import contextlib
import dataclasses
import json
import os
import secrets
import select
import socket
import struct
import time

from lab import bus, daemon, foreign, nat, topology
from lab.foreign import ForeignClient
from lab.lab_test import LabTest, only_ours, shows
from lab.tools import LabError, wait_until

kEchoRequest, kEchoReply = 128, 129
kExpedited = 0xb8  # DSCP EF, not ECN-capable
kEct1, kEct0, kCe = 1, 2, 3
kUdp = 17
kNoOperation = b"\x01"
kMoreFragments = 0x2000


@dataclasses.dataclass(frozen=True)
class Echo:
    """An echo message as a host got it."""
    kind: int
    data: bytes
    hop_limit: int
    traffic_class: int


class Icmpv6Socket:
    """Sends echo requests with header fields of its own, and sees those of all echo messages."""

    def __init__(self, namespace):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        for option in (socket.IPV6_RECVHOPLIMIT, socket.IPV6_RECVTCLASS):
            self._socket.setsockopt(socket.IPPROTO_IPV6, option, 1)

    def close(self):
        self._socket.close()

    def send(self, to, hop_limit=64, traffic_class=0):
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hop_limit)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, traffic_class)
        data = struct.pack("!HH", 78, 1) + secrets.token_bytes(16)
        self._socket.sendto(struct.pack("!BBH", kEchoRequest, 0, 0) + data, (str(to), 0))
        return data

    def receive(self, kind, data, limit=3):
        """The message of this kind with this data, or None."""
        deadline = time.monotonic() + limit
        while select.select([self._socket], [], [], max(0, deadline - time.monotonic()))[0]:
            message, ancillary, _flags, _sender = self._socket.recvmsg(2048, 128)
            fields = {what: struct.unpack("@i", value)[0] for _level, what, value in ancillary}
            if message[0] == kind and message[4:] == data:
                return Echo(kind, data, fields[socket.IPV6_HOPLIMIT], fields[socket.IPV6_TCLASS])
        return None


def _ipv4(source, to, payload, *, identifier, fragment=0, ttl=64, tos=0, options=b""):
    """A packet for a raw socket; the kernel puts the checksum in."""
    size = 20 + len(options)
    return struct.pack("!BBHHHBBH4s4s", 0x40 + size // 4, tos, size + len(payload), identifier,
                       fragment, ttl, kUdp, 0, socket.inet_aton(source),
                       socket.inet_aton(to)) + options + payload


@only_ours("the old one copies the traffic class, and goes on with a port")
class OuterHeaderTest(LabTest):
    """A foreign client, whose datagrams a test makes byte by byte, and ours; both are public."""

    clients = {"ours": nat.kPublic}

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.bus = bus.Bus(cls.net["ours"], daemon.build_directory())
        cls.addClassCleanup(cls.bus.stop)
        cls.client = cls.launch("ours", "client", "ours", bus=cls.bus, text=cls.configuration())
        cls.address = cls.client.wait_ready()
        cls.inside, cls.native = (Icmpv6Socket(cls.net[node]) for node in ("ours", "host"))
        cls.addClassCleanup(cls.inside.close)
        cls.addClassCleanup(cls.native.close)

    @staticmethod
    def configuration(**keys):
        return (f"[Client]\nServer={topology.kServerAddress}\nRefreshIntervalSec=10\n"
                f"InterfaceName={daemon.kDevice}\n"
                + "".join(f"{k}={v}\n" for k, v in keys.items()))

    def restart(self, **keys):
        """The client anew; its address."""
        type(self).client.stop()
        self.daemons.remove(self.client)
        type(self).client = self.launch("ours", "client", "ours", bus=self.bus,
                                        text=self.configuration(**keys))
        type(self).address = self.client.wait_ready()
        return self.address

    def befriend(self):
        """The foreign client, which ours has heard."""
        made = ForeignClient(self.net["stranger"], topology.kStrangerAddress,
                             topology.kServerAddress)
        self.addCleanup(made.close)
        made.send_bubbles(self.address, secrets.token_bytes(4))
        made.receive(lambda d: d.is_bubble() and d.sender == foreign.mapping_of(self.address))
        return made

    def shapes(self, source, to, payload):
        """Ways to send a UDP datagram: {name: [IPv4 packets]}."""
        ports = struct.pack("!HH", source[1], to[1])
        datagram = ports + struct.pack("!HH", 8 + len(payload), 0) + payload  # no checksum
        identifier = int.from_bytes(os.urandom(2), "big")

        def packet(part=datagram, **fields):
            return _ipv4(source[0], to[0], part, identifier=identifier, **fields)
        return {
            "no checksum": [packet()],
            "options": [packet(options=3 * kNoOperation + b"\0")],
            "fragments": [packet(datagram[:48], fragment=kMoreFragments),
                          packet(datagram[48:], fragment=48 // 8)],
            "fragments out of order": [packet(datagram[48:], fragment=48 // 8),
                                       packet(datagram[:48], fragment=kMoreFragments)],
            "last hop": [packet(ttl=2)],
            "expedited": [packet(tos=kExpedited)],
        }

    @shows("T-B11")
    def test_datagrams_of_every_shape_are_taken(self):
        """RFC 4380 §5.1.2 leaves IPv4 to IPv4: what is inside arrives, and as it was."""
        friend = self.befriend()
        to = foreign.mapping_of(self.address)
        with self.net["stranger"].entered():
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        with contextlib.closing(raw):
            for name in self.shapes(friend.endpoint, to, b""):
                data = struct.pack("!HH", 79, 1) + secrets.token_bytes(16)
                inner = foreign.icmpv6(friend.address, self.address, kEchoRequest, data, 64)
                for packet in self.shapes(friend.endpoint, to, inner)[name]:
                    raw.sendto(packet, (to[0], 0))
                with self.subTest(shape=name):
                    heard = self.inside.receive(kEchoRequest, data)
                    self.assertIsNotNone(heard, self.logs())
                    self.assertEqual((heard.traffic_class, heard.hop_limit), (0, 64))

    @shows("T-B11")
    def test_the_traffic_class_stays_inside(self):
        """RFC 2983: what a host asks of its link is not asked of the Internet."""
        friend = self.befriend()
        data = self.inside.send(friend.address, traffic_class=kExpedited)
        got = friend.receive(lambda d: d.is_message(kEchoRequest) and d.payload[4:] == data)
        self.assertEqual(got.traffic_class, kExpedited)
        self.assertEqual(got.outer_tos, 0)

    @shows("T-B11")
    def test_congestion_is_told_through_the_tunnel(self):
        """RFC 6040: the ends' ECN is outside as well, and what a router marks there goes on inside."""
        friend = self.befriend()
        data = self.inside.send(friend.address, traffic_class=kEct0)
        got = friend.receive(lambda d: d.is_message(kEchoRequest) and d.payload[4:] == data)
        self.assertEqual((got.traffic_class, got.outer_tos), (kEct0, kEct0))
        dropped = self.status()["statistics"]["Dropped.congestion"]
        for inner, outer, leaving in ((kEct0, kCe, kCe), (kEct0, kEct1, kEct1),
                                      (kExpedited | kEct0, kCe, kExpedited | kCe),
                                      (kEct1, 0, kEct1), (0, kCe, None)):
            with self.subTest(inner=inner, outer=outer):
                friend.set_tos(outer)
                data = friend.ping(self.address, foreign.mapping_of(self.address), inner)
                if leaving is None:
                    wait_until(lambda: self.status()["statistics"]["Dropped.congestion"]
                               == dropped + 1, 5, "dropped packet in the counters")
                    continue
                heard = self.inside.receive(kEchoRequest, data)
                self.assertIsNotNone(heard, self.logs())
                self.assertEqual(heard.traffic_class, leaving)

    @shows("R24")
    def test_the_relay_is_one_hop_each_way(self):
        data = self.inside.send(topology.kHostAddress, hop_limit=20)
        heard = self.native.receive(kEchoRequest, data)
        self.assertIsNotNone(heard, self.logs())
        self.assertEqual(heard.hop_limit, 19)
        data = self.native.send(self.address, hop_limit=20)
        heard = self.inside.receive(kEchoRequest, data)
        self.assertIsNotNone(heard, self.logs())
        self.assertEqual(heard.hop_limit, 19)

    @shows("Q23")
    def test_the_port_is_the_one_that_is_set_or_another_each_time(self):
        ports = {foreign.mapping_of(self.restart())[1] for _ in range(3)}
        self.assertGreater(len(ports), 1)
        self.assertEqual(foreign.mapping_of(self.restart(Port=41234))[1], 41234)

    @shows("T-B14")
    def test_own_datagrams_that_come_back_end_there(self):
        """An IPv4 default route through the tunnel: no datagram is ever in another one."""
        here = self.net["ours"]
        before = here.ip("-4", "route", "show", "default").stdout.strip()
        self.addCleanup(here.ip, "-4", "route", "replace", *before.split())
        here.ip("-4", "route", "replace", "default", "dev", daemon.kDevice)
        counted = self.counters()
        wait_until(lambda: self.counters()["drops"] > counted["drops"] + 1, 30,
                   "datagram that came back")
        after = self.counters()
        # Each of them is one solicitation or bubble, and nothing came of it.
        came_back = after["drops"] - counted["drops"]
        self.assertLessEqual(came_back, after["solicitations"] - counted["solicitations"] + 4)
        here.ip("-4", "route", "replace", *before.split())
        wait_until(lambda: self.status()["state"] == "qualified", 30, "qualification")

    def status(self):
        return json.loads(self.bus.miredoctl("status", "--json=short").stdout)["instances"][0]

    def counters(self):
        statistics = self.status()["statistics"]
        return {"drops": statistics["Dropped.not-ipv6"],
                "solicitations": statistics["SolicitationsSent"]}
