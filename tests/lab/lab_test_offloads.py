# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Offloads=: with any of them missing the same bytes arrive, and miredoctl tells which it is."""

import json

from lab import bus, daemon, nat, topology, traffic
from lab.lab_test import LabTest
from lab.tools import wait_until

kNames = ("tun-tcp", "tun-udp", "udp-send", "udp-receive")
#: What every kernel that we support has; USO came with Linux 6.2.
kEverywhere = ("tun-tcp", "udp-send", "udp-receive")
#: The offloads that there shall be, by the name of the client that tries them.
kRounds = {"all": kNames, "none": ()} | {
    f"no-{missing}": tuple(n for n in kNames if n != missing) for missing in kNames}
kBytes = 2 * 1000 * 1000


def setting(name):
    return "auto" if name == "all" else " ".join(kRounds[name]) or "none"


class OffloadsTest(LabTest):
    """A client for each set of offloads, side by side; one relay after the other."""

    clients = {name: nat.kPublic for name in kRounds}

    @classmethod
    def start_infrastructure(cls):
        cls.launch("server", "server").wait_ready()
        cls.buses = {node: bus.Bus(cls.net[node], daemon.build_directory())
                     for node in ("relay", *cls.clients)}
        for one in cls.buses.values():
            cls.addClassCleanup(one.stop)
        cls.started = {name: cls.start(name, "client", name) for name in cls.clients}
        for one in cls.started.values():
            one.wait_ready()

    @classmethod
    def start(cls, node, role, name):
        text = f"[{role.title()}]\nInterfaceName={daemon.kDevice}\nOffloads={setting(name)}\n"
        if role == "client":
            text += f"Server={topology.kServerAddress}\n"
        return cls.launch(node, role, "ours", text=text, bus=cls.buses[node])

    def described(self, node):
        """The offloads of the daemon there, once its name is on the bus and its shard runs."""
        def look():
            done = self.buses[node].miredoctl("status", "--json=short", check=False)
            return done.returncode == 0 and json.loads(done.stdout)["instances"][0]["offloads"]
        return wait_until(look, 5, f"offloads of {node}")

    def expect_told(self, node, name):
        described = self.described(node)
        self.assertEqual(tuple(described), kNames)
        for offload, state in described.items():
            where = f"{offload} of {node} with Offloads={setting(name)}"
            if offload not in kRounds[name]:
                self.assertEqual(state, {"on": False, "reason": None}, where)
            elif offload in kEverywhere or state["on"]:
                self.assertEqual(state, {"on": True, "reason": None}, where)
            else:
                self.assertTrue(state["reason"], where)
        line = next(line for line in self.buses[node].miredoctl("status").stdout.splitlines()
                    if line.lstrip().startswith("Offloads: "))
        for offload, state in described.items():
            self.assertEqual(f"{offload}: " in line, not state["on"], line)

    def test_a_reload_leaves_them_to_the_restart(self):
        client = self.started["none"]
        client.text = client.text.replace("=none", "=auto")
        client.write_configuration()
        told = self.buses["none"].miredoctl("reload", "--json=short").stdout
        self.assertEqual([(change["key"], change["applied"]) for change in json.loads(told)["changes"]],
                         [("Client.Offloads", False)], told)
        self.expect_told("none", "none")

    def test_whatever_is_missing_the_bytes_arrive(self):
        for name, client in self.started.items():
            with self.subTest(offloads=setting(name)):
                relay = self.start("relay", "relay", name)
                relay.wait_ready()
                answers = traffic.ping(self.net[name], topology.kHostAddress)
                self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")
                traffic.tcp_both_ways(self.net[name], self.net["host"], topology.kHostAddress,
                                      kBytes)
                traffic.tcp_both_ways(self.net["host"], self.net[name], client.address(), kBytes)
                self.expect_told(name, name)
                self.expect_told("relay", name)
                self.stop(relay)
