# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The lab about itself: its NATs are what they are called, and it leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys

from lab import nat, netns, topology
from lab.lab_test import LabTest
from lab.tools import LabError, wait_until

_kChild = """
import sys
sys.path.insert(0, sys.argv[1])
from lab import netns, topology
net = topology.Topology({"public": "public"})
import subprocess
from lab.tools import wait_until
held = subprocess.Popen(net["public"].command("sleep", "1000"), stdout=subprocess.DEVNULL)
wait_until(lambda: held.pid in net["public"].pids(), 5)
print(netns.Run.current().id, flush=True)
sys.stdin.read()
"""


class NatTest(LabTest):
    """RFC 4787 behaviour of each NAT, seen from two addresses outside."""

    clients = {kind: kind for kind in nat.kKinds}

    @classmethod
    def start_infrastructure(cls):
        """No daemon is needed."""

    def _udp(self, node, address=""):
        with self.net[node].entered():
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(made.close)
        made.bind((address, 0))
        made.settimeout(0.15)
        return made

    def _observe(self, kind):
        """(same mapping to two destinations, who gets in: friend's other port, stranger)."""
        inside = self._udp(kind)
        friend = self._udp("server", topology.kServerAddress)
        friends_other_port = self._udp("server", topology.kServerAddress)
        second = self._udp("relay", topology.kRelayAddress)
        stranger = self._udp("stranger", topology.kStrangerAddress)
        mappings = []
        for outside in (friend, second):
            inside.sendto(b"out", outside.getsockname())
            mappings.append(outside.recvfrom(16)[1])
        return (mappings[0] == mappings[1], self._gets_in(inside, friend, mappings[0]),
                self._gets_in(inside, friends_other_port, mappings[0]),
                self._gets_in(inside, stranger, mappings[0]))

    @staticmethod
    def _gets_in(inside, outside, mapping):
        outside.sendto(b"in", mapping)
        try:
            return inside.recvfrom(16)[0] == b"in"
        except TimeoutError:
            return False

    def test_each_kind(self):
        expected = {
            nat.kPublic: (True, True, True, True),
            nat.kFullCone: (True, True, True, True),
            nat.kAddressRestricted: (True, True, True, False),
            nat.kPortRestricted: (True, True, False, False),
            nat.kSymmetric: (False, True, False, False),
        }
        for kind, behaviour in expected.items():
            with self.subTest(nat=kind):
                self.assertEqual(self._observe(kind), behaviour)

    def test_unsolicited_packet_takes_no_port(self):
        """A stranger's datagram to a port that is mapped later does not move that mapping."""
        stranger = self._udp("stranger", topology.kStrangerAddress)
        inside = self._udp(nat.kPortRestricted)
        port = inside.getsockname()[1]
        stranger.sendto(b"early", (self.net.clients[nat.kPortRestricted].outer_address, port))
        inside.sendto(b"out", stranger.getsockname())
        self.assertEqual(stranger.recvfrom(16)[1][1], port)


class CleanUpTest(LabTest):
    """However a run ends, its namespaces and processes go."""

    @classmethod
    def start_infrastructure(cls):
        """No daemon is needed."""

    def _child(self):
        tests = str(topology.__file__).rsplit("/", 2)[0]
        child = subprocess.Popen([sys.executable, "-c", _kChild, tests], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stdin.close)
        run_id = child.stdout.readline().strip()
        self.assertTrue(netns.namespaces_of(run_id))
        return child, run_id

    def _assert_gone(self, run_id):
        self.assertEqual(netns.namespaces_of(run_id), [])
        self.assertFalse((netns.kRunRoot / run_id).exists())
        self.assertFalse((netns.kRunRoot / f"{run_id}.lock").exists())

    def test_signals_clean_up(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number.name):
                child, run_id = self._child()
                child.send_signal(number)
                child.wait(20)
                self._assert_gone(run_id)

    def test_next_run_removes_a_dead_one(self):
        child, run_id = self._child()
        namespace = netns.Namespace(netns.namespaces_of(run_id)[0])
        os.kill(child.pid, signal.SIGKILL)
        child.wait(5)
        self.assertTrue(namespace.path.exists())
        netns.remove_leftovers()
        self._assert_gone(run_id)

    def test_a_living_run_is_left_alone(self):
        child, run_id = self._child()
        netns.remove_leftovers()
        self.assertTrue(netns.namespaces_of(run_id))
        child.terminate()
        child.wait(20)

    def test_waiting_ends_with_an_error(self):
        with self.assertRaisesRegex(LabError, "no such thing within"):
            wait_until(lambda: False, 0.01, "such thing")
