# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What a client may do besides: local discovery, refresh interval determination (RFC 4380 §5.2.7, §5.2.8)."""

import json

from lab import bus, daemon, nat, topology, traffic
from lab.lab_test import LabTest, shows
from lab.netns import Run
from lab.tools import run_tool, wait_until

kSecondAddress = "192.168.1.3"


def configuration(**keys):
    return (f"[Client]\nServer={topology.kServerAddress}\nRefreshIntervalSec=10\n"
            f"InterfaceName={daemon.kDevice}\n" + "".join(f"{k}={v}\n" for k, v in keys.items()))


class LocalDiscoveryTest(LabTest):
    """Two clients on one LAN, behind one NAT that does not hairpin."""

    clients = {"first": nat.kPortRestricted}

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.add_second()
        cls.bus = bus.Bus(cls.net["first"], daemon.build_directory())
        cls.addClassCleanup(cls.bus.stop)

    @classmethod
    def add_second(cls):
        """The NAT's inner device becomes a bridge, with another host on it."""
        second = Run.current().make_namespaces(["second"])["second"]
        cls.net.nodes["second"] = second
        router = cls.net["nat-first"]
        second.write_sysctls(topology.kCommonSysctls)
        run_tool(["ip", "link", "add", "port2", "netns", router.name, "type", "veth",
                  "peer", "name", nat.kWan, "netns", second.name])
        router.ip_batch([
            f"link set {nat.kLan} down", f"link set {nat.kLan} name port1",
            "address flush dev port1", f"link add {nat.kLan} type bridge",
            f"link set port1 master {nat.kLan}", f"link set port2 master {nat.kLan}",
            "link set port1 up", "link set port2 up", f"link set {nat.kLan} up",
            f"address add 192.168.1.1/24 dev {nat.kLan}"])
        second.ip_batch(["link set lo up", f"link set {nat.kWan} up",
                         f"address add {kSecondAddress}/24 dev {nat.kWan}",
                         "route add default via 192.168.1.1"])
        nat.install(router, nat.kPortRestricted, kSecondAddress)

    def start_clients(self, switch):
        """Both, with their addresses; they end with the test."""
        text = configuration(LocalDiscovery=switch)
        first = self.launch("first", "client", "ours", text=text, bus=self.bus)
        self.addCleanup(self.stop, first)
        first.wait_ready()
        second = self.launch("second", "client", "ours", text=text)
        self.addCleanup(self.stop, second)
        return first.address(), second.wait_ready()

    def endpoint_of(self, address):
        """Where the first one reaches a peer, as it shows it."""
        peers = json.loads(self.bus.miredoctl("peers", "--json=short").stdout)["peers"]
        return next((p["endpoint"]["address"] for p in peers
                     if p["address"] == str(address) and p["endpoint"]), None)

    @shows("C47", "C49")
    def test_neighbours_find_each_other(self):
        first, second = self.start_clients("yes")
        # The second one's discovery bubble is enough for both; nobody has sent anything else yet.
        wait_until(lambda: self.endpoint_of(second), 5, "discovery")
        answers = traffic.ping(self.net["first"], second)
        self.assertEqual(len(answers), 3, self.logs())
        self.assertEqual(self.endpoint_of(second), kSecondAddress)
        answers = traffic.ping(self.net["second"], first)
        self.assertEqual(len(answers), 3, self.logs())

    def test_without_discovery_this_nat_keeps_them_apart(self):
        _, second = self.start_clients("no")
        self.assertFalse(traffic.ping_until_answer(self.net["first"], second, tries=5), self.logs())
        self.assertNotEqual(self.endpoint_of(second), kSecondAddress)

    @shows("C50")
    def test_a_reload_switches_it(self):
        self.start_clients("no")
        first = self.daemons[-2]

        def hears():
            return daemon.kServerPort in first.udp_ports()
        self.assertFalse(hears())
        for switch in ("yes", "no"):
            first.text = configuration(LocalDiscovery=switch)
            first.write_configuration()
            self.bus.miredoctl("reload")
            wait_until(lambda: hears() == (switch == "yes"), 5, f"LocalDiscovery={switch}")


class RefreshIntervalTest(LabTest):
    """A client that finds out how long its NAT keeps a port."""

    clients = {"first": nat.kPortRestricted}

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.bus = bus.Bus(cls.net["first"], daemon.build_directory())
        cls.addClassCleanup(cls.bus.stop)
        cls.client = cls.launch("first", "client", "ours", bus=cls.bus,
                                text=configuration(DetermineRefreshInterval="yes"))
        cls.client.wait_ready()

    def interval(self):
        status = json.loads(self.bus.miredoctl("status", "--json=short").stdout)
        return status["instances"][0]["client"]["refresh_interval_usec"] / 1e6

    @shows("Q37")
    def test_what_has_held_is_the_interval(self):
        self.assertEqual(self.interval(), 10)
        wait_until(lambda: len(self.client.udp_ports()) == 2, 5, "second port")
        # Twice as long is tried next.
        wait_until(lambda: self.interval() == 20, 35, "longer interval")
        answers = traffic.ping(self.net["first"], topology.kHostAddress)
        self.assertEqual(len(answers), 3, self.logs())
        self.client.text = configuration(DetermineRefreshInterval="no")
        self.client.write_configuration()
        self.bus.miredoctl("reload")
        wait_until(lambda: len(self.client.udp_ports()) == 1, 5, "the one port left")
        wait_until(lambda: self.interval() == 10, 5, "configured interval")
