# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""conf/nftables-miredo.conf on a client: what it lets through the tunnel, and what it leaves alone."""

import contextlib
import pathlib
import socket

from lab import nat, topology, traffic
from lab.lab_test import LabTest, only_ours

kExample = pathlib.Path(__file__).resolve().parents[2] / "conf/nftables-miredo.conf"
kTable = ("table", "inet", "miredo")
kPublished = 8022
kUnpublished = 8023
#: A lost SYN is sent again after one second: what has not come by then was dropped twice.
kSilence = 2.5
kRouterPort = 8024


@only_ours("it does not put its device into a link group")
class FirewallTest(LabTest):
    """A client with the shipped example, and the native host as the stranger."""

    clients = {"client": nat.kPortRestricted}

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.address = str(cls.launch_clients()["client"].wait_ready())
        cls.inside = cls.net["client"]
        cls.host = cls.net["host"]
        cls.router = cls.net[cls.net.clients["client"].nat_node]

    def setUp(self):
        self.load_example()

    def load_example(self):
        self.inside.run("nft", "-c", "-f", kExample)
        self.inside.run("nft", "-f", kExample)

    def publish(self, port):
        self.inside.run("nft", "add", "element", *kTable[1:], "published_tcp", "{", port, "}")

    @contextlib.contextmanager
    def listening(self, port, family=socket.AF_INET6):
        with self.inside.entered():
            listener = socket.socket(family, socket.SOCK_STREAM)
        with listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
            listener.listen()
            yield

    def connects(self, namespace, address, port, family=socket.AF_INET6):
        """True where the connection is made, False where nothing at all comes back."""
        with namespace.entered():
            connection = socket.socket(family, socket.SOCK_STREAM)
        with connection:
            connection.settimeout(kSilence)
            try:
                connection.connect((address, port))
            except TimeoutError:
                return False
            return True

    def test_what_the_client_asks_for_works(self):
        answers = traffic.ping(self.inside, topology.kHostAddress)
        self.assertEqual(len(answers), 3, f"pings answered: {answers}\n{self.logs()}")
        traffic.tcp_both_ways(self.inside, self.host, topology.kHostAddress, size=1_000_000)

    def test_the_client_can_be_pinged(self):
        answers = traffic.ping(self.host, self.address)
        self.assertEqual(len(answers), 3, f"pings answered: {answers}\n{self.logs()}")

    def test_strangers_reach_what_is_published_only(self):
        self.assertTrue(traffic.ping_until_answer(self.host, self.address), self.logs())
        with self.listening(kPublished), self.listening(kUnpublished):
            self.assertFalse(self.connects(self.host, self.address, kPublished))
            self.publish(kPublished)
            self.assertTrue(self.connects(self.host, self.address, kPublished))
            self.assertFalse(self.connects(self.host, self.address, kUnpublished))
            # It was the table that did it.
            self.inside.run("nft", "delete", *kTable)
            self.assertTrue(self.connects(self.host, self.address, kUnpublished))

    def test_loading_it_again_replaces_it(self):
        self.publish(kPublished)
        before = self.inside.run("nft", "list", *kTable).stdout
        self.load_example()
        self.load_example()
        after = self.inside.run("nft", "list", *kTable).stdout
        self.assertIn(str(kPublished), before)
        self.assertNotIn(str(kPublished), after)
        self.assertEqual(after.count("iifgroup 3544 jump tunnel"), 1)

    def test_what_is_not_on_the_tunnel_is_untouched(self):
        with self.listening(kRouterPort, socket.AF_INET):
            self.assertTrue(self.connects(self.router, topology.kInsideAddress, kRouterPort,
                                          socket.AF_INET))
        # IPv6 over the very link that the tunnel runs over, by a port that is not published.
        for namespace, device, address in ((self.inside, nat.kWan, "fd00::2/64"),
                                           (self.router, nat.kLan, "fd00::1/64")):
            namespace.ip("address", "replace", address, "dev", device, "nodad")
        with self.listening(kUnpublished):
            self.assertTrue(self.connects(self.router, "fd00::2", kUnpublished))

    def test_other_tables_stay(self):
        self.inside.run("nft", "add", "table", "inet", "mine")
        self.inside.run("nft", "add", "chain", "inet", "mine", "c")
        self.inside.run("nft", "add", "rule", "inet", "mine", "c", "iifname", "lo", "accept")
        self.load_example()
        self.assertIn('iifname "lo" accept',
                      self.inside.run("nft", "list", "table", "inet", "mine").stdout)
        self.inside.run("nft", "delete", "table", "inet", "mine")
