# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Sizes: what is too large for a wire on the way is cut by IPv4 and arrives (RFC 4380 §5.1.2)."""

from lab import nat, topology, traffic
from lab.lab_test import LabTest

kNarrow = 1000
kInnerMtu = 1280
kBytes = 2 * 1000 * 1000
#: What an inner packet of the full size carries besides its IPv6 and ICMPv6 headers.
kFullPing = kInnerMtu - 48


class PathMtuTest(LabTest):
    """Two clients: one has a narrow wire itself, the other's NAT has one."""

    clients = {"own": nat.kPublic, "distant": nat.kPortRestricted}

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.started = cls.launch_clients()
        for client in cls.net.clients.values():
            cls.net["core"].ip("link", "set", client.core_device, "mtu", kNarrow)
            cls.net[client.link.node].ip("link", "set", nat.kWan, "mtu", kNarrow)

    def ping(self, node, address, size, check=True):
        return self.net[node].run("ping", "-6", "-n", "-c", "3", "-i", "0.1", "-W", "2", "-M", "do",
                                  "-s", str(size), str(address), check=check).stdout

    def test_packets_of_the_full_size_pass_a_narrow_wire(self):
        """The old Miredo, and whoever sends one by one, relies on fragments outside: no DF there."""
        for name, client in self.started.items():
            with self.subTest(wire=name):
                self.assertIn(" 0% packet loss", self.ping(name, topology.kHostAddress, kFullPing))
                self.assertIn(" 0% packet loss", self.ping("host", client.address(), kFullPing))

    def test_tcp_passes_a_narrow_wire(self):
        """Groups of datagrams as well, which the kernel refuses to cut for a wire that is too narrow."""
        for name, client in self.started.items():
            with self.subTest(wire=name):
                traffic.tcp_both_ways(self.net[name], self.net["host"], topology.kHostAddress, kBytes)
                traffic.tcp_both_ways(self.net["host"], self.net[name], client.address(), kBytes)

    def test_who_sends_more_than_the_link_takes_is_told(self):
        """RFC 8200 §5: the relay's kernel says the device's MTU, and the rest follows it."""
        address = self.started["distant"].address()
        self.assertIn(f"mtu={kInnerMtu}", self.ping("host", address, kFullPing + 1, check=False))
        self.assertIn(" 0% packet loss", self.ping("host", address, kFullPing))
