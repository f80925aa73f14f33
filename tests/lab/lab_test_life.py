# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What a daemon leaves behind, and what its packet-reading process may do."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from lab import nat, topology, traffic
from lab.daemon import Daemon, kDevice
from lab.lab_test import LabTest, only_ours, shows
from lab.syslog_socket import Syslog
from lab.tools import wait_until

kRoles = {"server": "server", "relay": "relay", "public": "client"}
kStopLimit = 1.0
#: Facility local3, RFC 5424 §6.2.1.
kLocal3 = 19


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

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        cls.client = cls.launch_clients()["first"]

    @shows("D9")
    def test_client_goes_on(self):
        self.check_reload("configuration: reloaded")

    def test_bad_file_changes_nothing(self):
        good = self.client.configuration_file.read_text()
        self.client.configuration_file.write_text(good + "BindPort seventy\n")
        self.addCleanup(self.client.configuration_file.write_text, good)
        self.check_reload(r"\.conf:3: error: .*BindPort.*seventy[\s\S]*old one stays")

    def test_what_needs_a_restart_is_named(self):
        good = self.client.configuration_file.read_text()
        self.client.configuration_file.write_text(good + "BindPort 4545\n")
        self.addCleanup(self.client.configuration_file.write_text, good)
        self.check_reload(r"restart needed for: \S*Port")

    def check_reload(self, expected):
        """SIGHUP makes it say this, and the tunnel runs on."""
        device = self.device_index()
        address = self.client.address()
        before = len(self.client.log())
        self.client.signal(signal.SIGHUP)
        wait_until(lambda: re.search(expected, self.client.log()[before:]), 5,
                   f"{expected} in\n{self.client.log_tail()}")
        self.assertEqual((self.device_index(), self.client.address()), (device, address))
        self.assertEqual(len(traffic.ping(self.net["first"], topology.kHostAddress)), 3)

    @shows("D10")
    def test_user_signals_are_harmless(self):
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            self.client.signal(number)
        self.assertEqual(len(traffic.ping(self.net["first"], topology.kHostAddress)), 3)
        self.assertTrue(self.client.alive(), self.client.log_tail())

    def device_index(self):
        return self.net["first"].ip("-o", "link", "show", kDevice).stdout.split(":")[0]


@only_ours("its PID file is its supervisor's")
class BackgroundTest(LabTest):
    """Without -f: the caller gets 0 once the control plane is up, a PID file, and lines in syslog."""

    def setUp(self):
        self.node = self.net["public"]
        self.before = state_of(self.node)
        self.syslog = Syslog()
        self.addCleanup(self.syslog.close)
        self.one = Daemon(self.node, "client", "ours", mounts=self.syslog.mounts,
                          options={"SyslogFacility": "local3"})
        self.one.write_configuration()
        self.pid_file = self.one.configuration_file.with_suffix(".pid")

    def start(self, *more):
        """Runs the program until its first process ends: (exit status, what it said)."""
        command = [a for a in self.one.command() if a != "-f"] + ["-p", self.pid_file, *more]
        with open(self.one.log_file, "wb") as log:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  timeout=10, check=False)
        return done.returncode, self.one.log()

    def test_start_and_stop(self):
        status, said = self.start()
        self.assertEqual(status, 0, said)
        pid = int(self.pid_file.read_text())
        self.addCleanup(self.kill, pid)
        wait_until(self.one.has_default_route, 5, "default route")
        self.assertEqual(len(traffic.ping(self.node, topology.kHostAddress)), 3)
        wait_until(lambda: self.has_said("client: qualified", pid), 5, "word of it in syslog")

        status, said = self.start()
        self.assertEqual(status, 1, said)
        self.assertIn(str(self.pid_file), said)
        self.assertTrue(os.path.exists(f"/proc/{pid}"))

        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not self.node.pids(), kStopLimit, "end of all processes")
        self.assertEqual(state_of(self.node), self.before)
        wait_until(lambda: self.has_said("client: stopped", pid), 5, "word of it in syslog")
        # It may have no right to remove the file any more; then it is empty.
        self.assertEqual(self.pid_file.read_text() if self.pid_file.exists() else "", "")

    def test_failed_start_is_told(self):
        status, said = self.start("-u", "root")
        self.assertEqual(status, 77, said)
        self.assertRegex(said, "root.*-u")
        self.assertEqual(self.node.pids(), [])

    def has_said(self, text, pid):
        """Whether this is in syslog, from this process; where all its lines are as configured."""
        own = [line for line in self.syslog.lines() if line.pid == pid]
        self.assertLessEqual({(line.facility, line.program) for line in own}, {(kLocal3, "miredo")})
        return text in (line.text for line in own)

    @staticmethod
    def kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
