# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The running daemon seen through its bus: miredoctl shows what the network does."""

import json

from lab import bus, daemon, nat, topology, traffic
from lab.lab_test import LabTest
from lab.tools import wait_until


class ControlTest(LabTest):
    """A client behind a NAT on a bus of its own, with peers of both kinds."""

    clients = {"left": nat.kPortRestricted, "right": nat.kAddressRestricted}

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.bus = bus.Bus(cls.net["left"], daemon.build_directory())
        cls.addClassCleanup(cls.bus.stop)
        cls.left = cls.launch("left", "client", "ours", bus=cls.bus)
        cls.bus.miredoctl("wait", "--timeout=15s")
        cls.right = cls.launch_clients("right")["right"]
        cls.address = cls.left.wait_ready()

    def describe(self):
        return json.loads(self.bus.miredoctl("status", "--json=short").stdout)

    def test_status_shows_the_address(self):
        described = self.describe()
        self.assertEqual(described["schema"], "miredo.status/1")
        self.assertEqual(described["state"], "ok")
        client = described["instances"][0]
        self.assertEqual(client["state"], "qualified")
        self.assertEqual(client["client"]["address"], str(self.address))
        self.assertEqual(client["client"]["server"]["address"], topology.kServerAddress)
        self.assertIsNotNone(client["client"]["server"]["rtt_usec"])
        self.assertIn(str(self.address), self.bus.miredoctl("status").stdout)
        self.assertEqual(self.bus.miredoctl("status", "--check").returncode, 0)

    def test_peers_are_shown_as_they_are_reached(self):
        right = str(self.right.address())
        traffic.ping(self.net["left"], topology.kHostAddress)
        traffic.ping(self.net["left"], right)
        peers = {}
        for line in self.bus.miredoctl("peers", "--no-legend").stdout.splitlines():
            fields = line.split()
            peers[fields[0]] = fields[1:3]
        self.assertEqual(peers[topology.kHostAddress], ["native", "relay"])
        self.assertEqual(peers[right], ["teredo", "direct"])

    def test_peers_are_not_for_everybody(self):
        refused = self.bus.miredoctl("peers", user="daemon", check=False)
        self.assertEqual(refused.returncode, 5, refused.stderr)
        self.assertEqual(self.bus.miredoctl("status", user="daemon").returncode, 0)

    def test_reload_tells_what_changed(self):
        self.left.options["BindPort"] = "40404"
        self.left.write_configuration()
        told = self.bus.miredoctl("reload").stdout
        self.assertRegex(told, r"Client\.Port.*40404")
        self.left.options["BindPort"] = "99999"
        self.left.write_configuration()
        refused = self.bus.miredoctl("reload", check=False)
        self.assertEqual(refused.returncode, 7, refused.stderr)
        self.assertIn("BindPort", refused.stderr)
        self.assertEqual(self.describe()["instances"][0]["state"], "qualified")

    def test_requalify_asks_the_server(self):
        def solicitations():
            return self.describe()["instances"][0]["statistics"]["SolicitationsSent"]
        before = solicitations()
        self.bus.miredoctl("requalify")
        wait_until(lambda: solicitations() > before, 5, "solicitation")
        self.assertEqual(self.describe()["instances"][0]["client"]["address"], str(self.address))
