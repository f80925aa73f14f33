# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The main job once more with the units as installed: every role on a booted systemd of its own.

The tests are those of the foreground form. They are named through their modules: a class that is
a name of this module would be run from here, too.
"""

import json
import shutil
import unittest

from lab import lab_test, lab_test_flood, lab_test_native, lab_test_recovery
from lab.lab_test import only_ours
from lab.service import ServiceDaemon
from lab.tools import wait_until

kHasBox = shutil.which("systemd-nspawn") is not None


def as_service(cls):
    needs_box = unittest.skipUnless(kHasBox, "no systemd-nspawn (package systemd-container)")
    return only_ours("it has no such units")(needs_box(cls))


@as_service
class ServiceNativeHostTest(lab_test_native.NativeHostTest):
    """One client behind each kind of NAT, to a native host and back."""

    make_daemon = ServiceDaemon


@as_service
class ServiceClientToClientTest(lab_test_native.ClientToClientTest):
    """Two clients behind two NATs."""

    make_daemon = ServiceDaemon


@as_service
class ServiceServerRestartTest(lab_test_recovery.ServerRestartTest):
    """The server is stopped and started on another machine of the same address."""

    make_daemon = ServiceDaemon


@as_service
class ServiceNatRebindTest(lab_test_recovery.NatRebindTest):
    """The NAT gets another public address."""

    make_daemon = ServiceDaemon


@as_service
class ServiceFloodTest(lab_test_flood.FloodTest):
    """A million malformed datagrams at each role; what was discarded is in the journal at the end."""

    make_daemon = ServiceDaemon


@as_service
class ServiceShardsTest(lab_test.LabTest):
    """The broker with the drop-in for shards."""

    make_daemon = ServiceDaemon

    @classmethod
    def start_infrastructure(cls):
        cls.relay = cls.launch("relay", "relay", options={"Shards": 2})
        cls.relay.wait_ready()

    def test_a_relay_has_as_many_as_it_wants(self):
        def look():
            done = self.relay.run("miredoctl", "status", "--json=short", check=False)
            return done.returncode == 0 and json.loads(done.stdout)["instances"][0]
        status = wait_until(look, 5, "the relay's status")
        self.assertEqual(status["shards"], 2, status)
        self.assertNotIn("one-shard", [item["id"] for item in status["health"]])
