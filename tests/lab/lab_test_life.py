# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What a daemon leaves behind, and what its packet-reading process may do."""

import os
import pathlib
import re
import signal
import sys
import time

from lab import nat, topology, traffic
from lab.daemon import kDevice
from lab.lab_test import LabTest, only_ours
from lab.tools import wait_until

kRoles = {"server": "server", "relay": "relay", "public": "client"}
kStopLimit = 1.0


def state_of(namespace):
    """Everything of the network that a daemon could leave behind."""
    queries = (["-o", "link"], ["-o", "-6", "address"], ["-6", "route", "show", "table", "all"],
               ["-6", "rule"])
    return {" ".join(query): sorted(namespace.ip(*query).stdout.splitlines()) for query in queries}


def socket_inodes(namespace, tables):
    """The inodes of the sockets in these tables of /proc/net."""
    lines = [line.split() for table in tables for line in namespace.read_proc_net(table)[1:]]
    return {f"socket:[{fields[9]}]" for fields in lines}


def open_files(pid):
    """Where the process's descriptors point to."""
    links = []
    for descriptor in os.scandir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(descriptor.path))
        except FileNotFoundError:
            continue
    return links


class StopTest(LabTest):
    """SIGTERM leaves no device, address, route, rule or process, in under a second."""

    @classmethod
    def start_infrastructure(cls):
        cls.before = {node: state_of(cls.net[node]) for node in kRoles}
        super().start_infrastructure()

    def test_nothing_is_left(self):
        self.launch_clients()
        self.assertEqual(len(traffic.ping(self.net["public"], topology.kHostAddress)), 3)
        for one in reversed(list(self.daemons)):
            node = next(n for n, role in kRoles.items() if role == one.role)
            with self.subTest(role=one.role):
                begin = time.monotonic()
                self.stop(one)
                wait_until(lambda n=node: not self.net[n].pids(), kStopLimit, "end of all processes")
                self.assertLess(time.monotonic() - begin, kStopLimit)
                self.assertEqual(state_of(self.net[node]), self.before[node])
                self.assertEqual(one.process.returncode, 0, one.log_tail())


@only_ours("its worker keeps a full bounding set and knows no seccomp")
class PrivilegeTest(LabTest):
    """The process that reads packets from the Internet holds nothing."""

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.launch_clients()

    def test_packet_reading_process(self):
        for one in self.daemons:
            with self.subTest(role=one.role):
                self._check_readers(one)

    def _check_readers(self, one):
        inodes = socket_inodes(one.namespace, ("udp", "raw6"))
        readers = [p for p in one.processes() if inodes & set(open_files(p.pid))
                   or "/dev/net/tun" in open_files(p.pid)]
        self.assertTrue(readers, "no process holds the UDP socket")
        for reader in readers:
            status = reader.status
            for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                self.assertEqual(int(status[field], 16), 0, f"{field} of {reader.pid}")
            self.assertEqual(status["Seccomp"], "2", f"seccomp of {reader.pid}")
            self.assertEqual(status["NoNewPrivs"], "1")
            self.assertNotIn("0", status["Uid"].split() + status["Gid"].split())
            self.assertEqual(status["Groups"].split(), [])

    def test_nobody_can_join_the_device(self):
        helper = pathlib.Path(__file__).with_name("join_tun.py")
        for node in ("public", "relay"):
            with self.subTest(node=node):
                answers = self.net[node].run(sys.executable, helper, kDevice).stdout.split()
                self.assertTrue(answers)
                self.assertNotIn("joined", answers)
                self.assertTrue({"EPERM", "EBUSY"} & set(answers), answers)


@only_ours("it takes its device down and starts anew")
class ReloadTest(LabTest):
    """SIGHUP reads the configuration again and touches neither device nor address."""

    clients = {"first": nat.kPortRestricted}

    def test_client_goes_on(self):
        client = self.launch_clients()["first"]
        device = self.device_index()
        address = client.address()
        client.signal(signal.SIGHUP)
        wait_until(lambda: re.search("reload", client.log(), re.IGNORECASE), 5, "word of the reload")
        client.wait_ready()
        self.assertEqual((self.device_index(), client.address()), (device, address))
        self.assertEqual(len(traffic.ping(self.net["first"], topology.kHostAddress)), 3)

    def device_index(self):
        return self.net["first"].ip("-o", "link", "show", kDevice).stdout.split(":")[0]
