# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What every lab test stands on: a topology per class, daemons that end with it, logs on failure.

The environment variable MIREDO_LAB_KIND (ours, old) says which daemons a test uses by default.
"""

import os
import unittest

from lab import daemon, nat, topology
from lab.daemon import Daemon
from lab.tools import LabError


def default_kind():
    return os.environ.get("MIREDO_LAB_KIND", daemon.kOurs)


def shows(*numbers):
    """A test (or every test of a class) shows these statements of tests/conformance/statements."""
    def mark(shown):
        shown.shows = numbers
        return shown
    return mark


def only_ours(reason):
    """Skips a test of what the old daemon never promised."""
    return unittest.skipIf(default_kind() != daemon.kOurs, f"the old one differs: {reason}")


class LabTest(unittest.TestCase):
    """A test class with one topology for all its tests; `clients` is {name: NAT kind}."""

    clients = {"public": nat.kPublic}
    #: Seconds after which the runner gives this class up.
    limit = 120
    #: What launch() makes; None: a Daemon.
    make_daemon = None
    #: True for classes that load the machine: they run when nothing else does.
    alone = False

    @classmethod
    def setUpClass(cls):
        cls.daemons = []
        cls.net = topology.Topology(cls.clients)
        cls.addClassCleanup(cls.net.remove)
        cls.addClassCleanup(cls._stop_all)
        cls.start_infrastructure()

    @classmethod
    def start_infrastructure(cls):
        """Server and relay of the default kind, ready; classes that mix kinds start their own."""
        cls.server = cls.launch("server", "server")
        cls.relay = cls.launch("relay", "relay")
        for one in (cls.server, cls.relay):
            one.wait_ready()

    @classmethod
    def launch(cls, node, role, kind=None, **options):
        """Starts a daemon that ends with the class at the latest."""
        make = cls.make_daemon or Daemon
        started = make(cls.net[node], role, kind or default_kind(), **options)
        cls.daemons.append(started)
        return started.start()

    @classmethod
    def launch_clients(cls, *names):
        """Starts clients at once and waits for all: {name: Daemon}."""
        started = {name: cls.launch(name, "client") for name in names or cls.clients}
        for one in started.values():
            one.wait_ready()
        return started

    @classmethod
    def stop(cls, *stopped):
        for one in stopped:
            one.stop()
            cls.daemons.remove(one)

    @classmethod
    def _stop_all(cls):
        errors = []
        for one in reversed(cls.daemons):
            try:
                one.stop()
            except LabError as error:
                errors.append(str(error))
        cls.daemons = []
        if errors:
            raise LabError("\n".join(errors))

    def logs(self):
        """The ends of all logs, for the message of a failed test."""
        return "\n".join(one.log_tail() for one in self.daemons)
