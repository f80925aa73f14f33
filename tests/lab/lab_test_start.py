# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Bad input at the start: its own message with the remedy, the right exit code, or patient waiting.

Exit codes: 2 command line, 69 no tun or no IPv6 at all, 77 privilege, 78 configuration.
"""

import re
import subprocess

from lab import nat
from lab.daemon import Daemon, kDevice
from lab.lab_test import LabTest, only_ours
from lab.mounts import MountNamespace
from lab.tools import LabError, wait_until

kUnavailable, kNoPermission, kBadConfiguration = 69, 77, 78
kMessageLimit = 15
kAsNobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@only_ours("other messages and exit codes")
class BadStartTest(LabTest):
    """Nothing but the client's own surroundings is wrong: the server and the relay are there."""

    clients = {"public": nat.kPublic}

    def setUp(self):
        self.client = None
        self.addCleanup(self._stop)

    def _stop(self):
        if self.client is not None:
            self.stop(self.client)
            self.client = None

    def start(self, role="client", **options):
        self.client = self.launch("public", role, **options)
        return self.client

    def expect_message(self, *patterns):
        """Each pattern is somewhere in the log, case aside."""
        def said():
            log = self.client.log()
            return all(re.search(p, log, re.IGNORECASE) for p in patterns)
        try:
            wait_until(said, kMessageLimit, f"message with {patterns}")
        except LabError as error:
            self.fail(f"{error}\n{self.client.log_tail()}")

    def expect_exit(self, *codes):
        try:
            code = self.client.process.wait(kMessageLimit)
        except subprocess.TimeoutExpired:
            self.fail(f"still running\n{self.client.log_tail()}")
        self.assertIn(code, codes, self.client.log_tail())

    def expect_healing(self):
        """It waited: once the cause is gone it comes up by itself."""
        self.assertTrue(self.client.alive(), self.client.log_tail())
        self.client.wait_ready(limit=40)

    def test_no_tun_device(self):
        mounts = MountNamespace([["-t", "tmpfs", "miredo-lab", "/dev/net"]])
        self.addCleanup(mounts.close)
        self.start(mounts=mounts)
        self.expect_message("/dev/net/tun", "modprobe|module|kernel|container")
        self.expect_exit(kUnavailable)

    def test_no_privilege(self):
        self.start(prefix=kAsNobody)
        self.expect_message("root|CAP_NET_ADMIN|privilege")
        self.expect_exit(kNoPermission)

    def test_device_name_in_use(self):
        net = self.net["public"]
        net.ip("link", "add", kDevice, "type", "bridge")
        self.addCleanup(net.ip, "link", "del", kDevice, "type", "bridge", check=False)
        self.start()
        self.expect_message(rf"{kDevice}.*(in use|exists|busy|taken)", "InterfaceName|ip link")
        self.expect_exit(1)

    def test_ipv6_disabled(self):
        net = self.net["public"]
        keys = [f"ipv6/conf/{scope}/disable_ipv6" for scope in ("all", "default")]
        net.write_sysctls(dict.fromkeys(keys, 1))
        self.addCleanup(net.write_sysctls, dict.fromkeys(keys, 0))
        self.start()
        self.expect_message("IPv6.*disabled|disable_ipv6", "sysctl|disable_ipv6")
        if self.client.alive():
            net.write_sysctls(dict.fromkeys(keys, 0))
            device = net.ip("-o", "link", "show", kDevice, check=False).returncode == 0
            if device:
                net.write_sysctls({f"ipv6/conf/{kDevice}/disable_ipv6": 0})
            self.expect_healing()
        else:
            self.expect_exit(kUnavailable)

    def test_server_name_does_not_resolve(self):
        self.start(options={"ServerAddress": "no-such-host.invalid"})
        self.expect_message(r"no-such-host\.invalid.*(resol|DNS|name)")
        self.assertTrue(self.client.alive(), self.client.log_tail())

    def test_bind_address_not_local(self):
        self.start(options={"BindAddress": "45.10.99.1"})
        self.expect_message(r"45\.10\.99\.1", "BindAddress|local|address")
        if self.client.alive():
            self.net["public"].ip("address", "add", "45.10.99.1/32", "dev", nat.kWan)
            self.addCleanup(self.net["public"].ip, "address", "del", "45.10.99.1/32", "dev", nat.kWan)
            wait_until(lambda: self.client.udp_ports(), 40, "a socket on the address")
        else:
            self.expect_exit(1, kBadConfiguration)

    def test_server_address_not_local(self):
        self.start(role="server", options={"ServerBindAddress": "45.10.99.1"})
        self.expect_message(r"45\.10\.99\.1")
        if not self.client.alive():
            self.expect_exit(1, kBadConfiguration)

    def test_all_errors_of_a_file_at_once(self):
        self.start(options={"RelayType": "frobnicate", "BindPort": "70000"})
        file = re.escape(str(self.client.configuration_file))
        self.expect_message(rf"{file}:\d+.*RelayType.*frobnicate", rf"{file}:\d+.*BindPort.*70000")
        self.expect_exit(kBadConfiguration)

    def test_client_without_server(self):
        self.start(options={"ServerAddress": None})
        self.expect_message("ServerAddress")
        self.expect_exit(kBadConfiguration)


@only_ours("other exit codes")
class CommandLineTest(LabTest):
    """The classic options, as scripts made for the old Miredo call them."""

    clients = {"public": nat.kPublic}

    @classmethod
    def start_infrastructure(cls):
        """None is needed."""

    def run_program(self, *arguments, program="miredo"):
        daemon = Daemon(self.net["public"], "client", "ours")
        path = daemon.command()[daemon.command().index("--") + 1]
        return self.net["public"].run(path.replace("/miredo/miredo", f"/miredo/{program}"),
                                      *arguments, check=False)

    def test_help_and_version(self):
        for option, expected in (("-h", "Usage"), ("-V", r"2\.0\.0")):
            done = self.run_program(option)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, re.compile(expected, re.IGNORECASE))

    def test_unknown_option(self):
        self.assertEqual(self.run_program("--no-such-option").returncode, 2)

    def test_missing_file(self):
        done = self.run_program("-f", "-c", "/nonexistent/miredo.conf")
        self.assertEqual(done.returncode, kBadConfiguration)
        self.assertIn("/nonexistent/miredo.conf", done.stderr + done.stdout)
