# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""RFC 4380 §5.4: a relay for the addresses of its own host and nobody else's."""

from lab import daemon, nat, topology, traffic
from lab.lab_test import LabTest, shows


class HostSpecificRelayTest(LabTest):
    """A host with native IPv6 and an own relay; clients reach it without any other relay."""

    clients = {"first": nat.kPortRestricted, "second": nat.kSymmetric}

    @classmethod
    def start_infrastructure(cls):
        cls.launch("server", "server").wait_ready()
        cls.relay = cls.launch("relay", "relay", "ours",
                               text=f"[Relay]\nMode=host\nInterfaceName={daemon.kDevice}\n")
        cls.relay.wait_ready()
        cls.started = cls.launch_clients()

    @shows("R22")
    def test_its_own_address_is_reached_from_either_side(self):
        for name, client in self.started.items():
            with self.subTest(client=name):
                answers = traffic.ping(self.net[name], topology.kRelayNativeAddress)
                self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")
        answers = traffic.ping(self.net["relay"], self.started["first"].address())
        self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")
        traffic.tcp_both_ways(self.net["first"], self.net["relay"], topology.kRelayNativeAddress)

    @shows("R22")
    def test_it_has_no_teredo_address(self):
        addresses = self.net["relay"].ip("-6", "-o", "address", "show", "dev", daemon.kDevice).stdout
        self.assertNotIn(" 2001:", addresses)

    @shows("R22", "R16")
    def test_it_serves_nobody_else(self):
        """A host behind it, whose packets to Teredo addresses it is asked to forward."""
        self.assertEqual(traffic.ping(self.net["host"], self.started["first"].address(), count=1,
                                      wait=1), {})
        self.assertEqual(traffic.ping(self.net["first"], topology.kHostAddress, count=1, wait=1), {})
