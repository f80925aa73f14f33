# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The main job once more with the units as installed: every role on a booted systemd of its own.

The tests are those of the foreground form. They are named through their modules: a class that is
a name of this module would be run from here, too.
"""

import shutil
import unittest

from lab import lab_test_flood, lab_test_native, lab_test_recovery
from lab.lab_test import only_ours
from lab.service import ServiceDaemon

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
