# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""RFC 4380 §5.5: what a client does while its host has IPv6 by other means."""

import json

from lab import bus, daemon, nat, topology, traffic
from lab.lab_test import LabTest, shows
from lab.tools import holds_for, wait_until


class SunsetTest(LabTest):
    """A client whose host gets native IPv6 and loses it again."""

    clients = {"first": nat.kPortRestricted, "second": nat.kAddressRestricted}

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.bus = bus.Bus(cls.net["first"], daemon.build_directory())
        cls.addClassCleanup(cls.bus.stop)
        cls.client = cls.launch("first", "client", "ours", text=cls.configuration("auto"),
                                bus=cls.bus)
        cls.peer = cls.launch_clients("second")["second"]
        cls.client.wait_ready()

    @staticmethod
    def configuration(policy):
        return (f"[Client]\nServer={topology.kServerAddress}\nRefreshIntervalSec=10\n"
                f"InterfaceName={daemon.kDevice}\nNative={policy}\n")

    def setUp(self):
        self.addCleanup(self.lose_native_ipv6)
        self.net["first"].ip_batch(["link add native type veth peer name router",
                                    "link set native up", "link set router up"])

    def get_native_ipv6(self):
        self.net["first"].ip_batch(["address add 2a00:4321::2/64 dev native",
                                    "route add default via 2a00:4321::1 dev native"])

    def lose_native_ipv6(self):
        self.net["first"].ip("link", "delete", "native", check=False)

    def take_policy(self, policy):
        self.client.text = self.configuration(policy)
        self.client.write_configuration()
        self.bus.miredoctl("reload")

    def has_default_route(self):
        routes = self.net["first"].ip("-6", "route", "show", "default", "table", "main").stdout
        return f"dev {daemon.kDevice} " in routes

    def status(self):
        return json.loads(self.bus.miredoctl("status", "--json=short").stdout)["instances"][0]

    def knows_native_ipv6(self):
        return self.status()["client"]["native_ipv6"]

    def test_auto_leaves_the_default_route_and_keeps_the_peers(self):
        self.take_policy("auto")
        address = self.client.wait_ready()
        wait_until(self.has_default_route, 5, "default route")
        self.get_native_ipv6()
        wait_until(lambda: not self.has_default_route(), 5, "default route left to others")
        self.assertTrue(self.knows_native_ipv6())
        self.assertEqual(self.client.address(), address)
        answers = traffic.ping(self.net["first"], self.peer.address())
        self.assertEqual(len(answers), 3, self.logs())
        # What comes from the Teredo address still leaves by the tunnel.
        answers = traffic.ping(self.net["host"], address)
        self.assertEqual(len(answers), 3, self.logs())
        self.lose_native_ipv6()
        wait_until(self.has_default_route, 5, "default route again")
        self.assertFalse(self.knows_native_ipv6())
        self.assertEqual(self.client.address(), address)

    def test_ignore_lets_the_metrics_decide(self):
        self.take_policy("ignore")
        self.client.wait_ready()
        self.get_native_ipv6()
        wait_until(self.knows_native_ipv6, 5, "native IPv6 seen")
        self.assertTrue(self.has_default_route())

    @shows("Q38")
    def test_yield_is_no_client_as_long(self):
        self.take_policy("yield")
        self.client.wait_ready()
        self.get_native_ipv6()
        wait_until(lambda: not self.client.address(), 5, "address given up")
        wait_until(lambda: self.status()["state"] == "dormant", 5, "dormant")
        self.assertEqual(self.status()["reason"], "native-ipv6")
        before = self.status()["statistics"]["SolicitationsSent"]
        # Longer than the refresh interval.
        self.assertTrue(holds_for(
            lambda: self.status()["statistics"]["SolicitationsSent"] == before, 12))
        self.lose_native_ipv6()
        self.client.wait_ready()
        self.assertEqual(self.status()["state"], "qualified")
