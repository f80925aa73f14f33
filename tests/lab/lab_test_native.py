# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Every NAT kind: the client qualifies, reaches a native host and another client; TCP whole."""

from lab import nat, topology, traffic
from lab.addresses import mapped_endpoint
from lab.lab_test import LabTest, only_ours, shows


class NativeHostTest(LabTest):
    """One client behind each kind of NAT, through our own server and relay (RFC 4380 §5, §6)."""

    clients = {kind: kind for kind in nat.kKinds}

    def check(self, name):
        client = self.launch(name, "client")
        address = client.wait_ready()
        self.assertEqual(str(mapped_endpoint(address)[0]), self.net.clients[name].outer_address)
        answers = traffic.ping(self.net[name], topology.kHostAddress)
        self.assertEqual(len(answers), 3, f"pings answered: {answers}\n{self.logs()}")
        traffic.tcp_both_ways(self.net[name], self.net["host"], topology.kHostAddress)
        back = traffic.ping(self.net["host"], address)
        self.assertEqual(len(back), 3, f"pings from the host answered: {back}")
        traffic.tcp_both_ways(self.net["host"], self.net[name], address)

    def test_public(self):
        self.check(nat.kPublic)

    def test_full_cone(self):
        self.check(nat.kFullCone)

    def test_address_restricted(self):
        self.check(nat.kAddressRestricted)

    def test_port_restricted(self):
        self.check(nat.kPortRestricted)

    def test_symmetric(self):
        self.check(nat.kSymmetric)


class HostFirstTest(LabTest):
    """The native host talks first: the relay knows nothing of the client (RFC 4380 §5.4.1)."""

    clients = {kind: kind for kind in nat.kKinds if kind != nat.kSymmetric}

    def test_each_kind(self):
        for name, client in self.launch_clients().items():
            with self.subTest(nat=name):
                answers = traffic.ping(self.net["host"], client.address())
                self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")


class RestrictedRelayTest(LabTest):
    """A relay that opens its own NAT with direct bubbles, too (RFC 4380 §5.4.1)."""

    clients = {"first": nat.kPortRestricted, "second": nat.kAddressRestricted}

    @classmethod
    def start_infrastructure(cls):
        cls.launch("server", "server").wait_ready()
        cls.launch("relay", "relay", options={"RelayType": "restricted"}).wait_ready()

    def test_from_either_side(self):
        clients = self.launch_clients()
        answers = traffic.ping(self.net["first"], topology.kHostAddress)
        self.assertEqual(len(answers), 3, f"client first: {answers}\n{self.logs()}")
        answers = traffic.ping(self.net["host"], clients["second"].address())
        self.assertEqual(len(answers), 3, f"host first: {answers}\n{self.logs()}")


class ClientToClientTest(LabTest):
    """Two clients behind two NATs, straight to each other after the hole is punched."""

    clients = {"first": nat.kPortRestricted, "second": nat.kPortRestricted,
               "third": nat.kAddressRestricted}

    def check(self, source, target):
        address = self.pair[target].address()
        answers = traffic.ping(self.net[source], address)
        self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")
        traffic.tcp_both_ways(self.net[source], self.net[target], address)

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.pair = cls.launch_clients()

    def test_port_restricted_both_sides(self):
        self.check("first", "second")

    def test_other_kinds_there_and_back(self):
        self.check("first", "third")
        self.check("third", "second")


@shows("S41")
@only_ours("its server is a program of its own")
class GatewayTest(LabTest):
    """Server and relay in one process, on one machine and address: all that a self-hoster needs."""

    clients = {"first": nat.kPortRestricted, "second": nat.kSymmetric}

    @classmethod
    def start_infrastructure(cls):
        cls.net["server"].write_sysctls({"ipv6/conf/all/forwarding": 1})
        cls.net["host"].ip("route", "replace", topology.kTeredoPrefix,
                           "via", topology.kServerNativeAddress)
        cls.launch("server", "relay",
                   options={"ServerBindAddress": topology.kServerAddress}).wait_ready()
        cls.started = cls.launch_clients()

    def test_both_directions(self):
        for name in self.clients:
            with self.subTest(client=name):
                answers = traffic.ping(self.net[name], topology.kHostAddress)
                self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")

    def test_host_first(self):
        for name, client in self.started.items():
            with self.subTest(client=name):
                answers = traffic.ping(self.net["host"], client.address())
                self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")
