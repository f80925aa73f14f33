# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Secure qualification (RFC 4380 §5.2.2): who has the server's secret gets an address, and only they."""

import json
import os

from lab import bus, daemon, nat, topology, traffic
from lab.lab_test import LabTest
from lab.netns import Run
from lab.tools import wait_until

kSecrets = {"right": "hush-right-5d0c", "old": "hush-old-91ab", "wrong": "hush-wrong-77e2"}
kNewSecret = "hush-new-40f6"
#: All that the server knows.
kClients = (f"# the lab's\nright {kSecrets['right']}\nold {kNewSecret}\nold {kSecrets['old']}\n"
            "wrong hush-another-0b3d\n")


class SecretTest(LabTest):
    """A server that wants authentication, and clients with secrets of different worth."""

    clients = {"right": nat.kPortRestricted, "old": nat.kAddressRestricted, "wrong": nat.kFullCone}

    @classmethod
    def start_infrastructure(cls):
        cls.server = cls.launch(
            "server", "server", "ours",
            text=f"[Server]\nAddress={topology.kServerAddress}\nRequireAuthentication=yes\n"
                 f"Secret={cls.write_secret('server', kClients)}\n")
        cls.relay = cls.launch("relay", "relay", "ours")
        for one in (cls.server, cls.relay):
            one.wait_ready()
        cls.files, cls.buses, cls.started = {}, {}, {}
        for name, secret in kSecrets.items():
            cls.files[name] = cls.write_secret(name, secret + "\n")
            cls.buses[name] = bus.Bus(cls.net[name], daemon.build_directory())
            cls.addClassCleanup(cls.buses[name].stop)
            cls.started[name] = cls.launch(name, "client", "ours", bus=cls.buses[name],
                                           text=cls.configuration(name))

    @staticmethod
    def write_secret(name, text):
        path = Run.current().directory / f"{name}.secret"
        path.write_text(text)
        path.chmod(0o600)
        return path

    @classmethod
    def configuration(cls, name):
        return (f"[Client]\nServer={topology.kServerAddress}\nRefreshIntervalSec=10\n"
                f"InterfaceName={daemon.kDevice}\nClientIdentifier={name}\n"
                f"Secret={cls.files[name]}\n")

    def status(self, name):
        described = self.buses[name].miredoctl("status", "--json=short").stdout
        return json.loads(described)["instances"][0]

    def health(self, name):
        return [item["id"] for item in self.status(name)["health"]]

    def test_the_right_secret_gets_an_address(self):
        address = self.started["right"].wait_ready()
        self.assertEqual(self.status("right")["state"], "qualified")
        self.assertNotIn("key-outdated", self.health("right"))
        answers = traffic.ping(self.net["right"], topology.kHostAddress)
        self.assertEqual(len(answers), 3, self.logs())
        answers = traffic.ping(self.net["host"], address)
        self.assertEqual(len(answers), 3, self.logs())

    def test_the_wrong_one_gets_none(self):
        wait_until(lambda: self.status("wrong")["reason"] == "no-reply", 20, "no-reply")
        self.assertIsNone(self.started["wrong"].address())

    def test_the_wrong_one_disturbs_nobody(self):
        self.started["right"].wait_ready()
        wait_until(lambda: self.status("wrong")["statistics"]["SolicitationsSent"] > 1, 10, "tries")
        answers = traffic.ping(self.net["right"], topology.kHostAddress)
        self.assertEqual(len(answers), 3, self.logs())

    def test_an_old_one_works_until_a_reload_brings_the_new(self):
        client = self.started["old"]
        address = client.wait_ready()
        wait_until(lambda: self.status("old")["reason"] == "key-outdated", 5, "key-outdated")
        self.assertIn("key-outdated", self.health("old"))
        self.assertEqual(self.status("old")["state"], "qualified")
        # A file that only root can read was read while the client still was root.
        told = self.buses["old"].miredoctl("reload", check=False)
        self.assertEqual(told.returncode, 0, told.stderr)
        wait_until(lambda: "the secret that was read before stays in force" in client.log(), 5,
                   "warning")
        self.assertEqual(self.status("old")["state"], "qualified")
        # One that its user can read is read again.
        user = int(client.processes()[0].status["Uid"].split()[0])
        self.files["old"].write_text(kNewSecret)
        os.chown(self.files["old"], user, -1)
        self.buses["old"].miredoctl("reload")
        wait_until(lambda: self.status("old")["reason"] is None, 15, "the new key")
        self.assertNotIn("key-outdated", self.health("old"))
        self.assertEqual(client.wait_ready(), address)

    def test_a_file_that_others_may_read_is_refused(self):
        self.started["right"].wait_ready()
        self.files["right"].chmod(0o644)
        try:
            told = self.buses["right"].miredoctl("reload", check=False)
        finally:
            self.files["right"].chmod(0o600)
        self.assertEqual(told.returncode, 7, told.stderr)
        self.assertRegex(told.stderr, r"right\.secret.*mode 0644.*chmod 600")
        self.assertEqual(self.status("right")["state"], "qualified")

    def test_nobody_is_told_a_secret(self):
        for name, one in self.started.items():
            shown = [self.buses[name].miredoctl(*verb).stdout for verb in (
                ("status",), ("status", "--json=short"), ("stats",),
                ("config", "show", str(one.configuration_file)),
                ("config", "show", "--json=short", str(one.configuration_file)))]
            self.assertIn(f"Secret={self.files[name]}", shown[3])
            for text in (*shown, one.log(), self.server.log()):
                self.assertNotIn("hush-", text)
