# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What we send, read by Wireshark's Teredo dissector, which knows nothing of ours."""

import contextlib
import dataclasses
import signal
import subprocess

from lab import nat, topology, traffic
from lab.addresses import mapped_endpoint
from lab.lab_test import LabTest, only_ours, shows
from lab.netns import Run
from lab.tools import LabError, run_tool, wait_until

kFields = {
    "frame": "frame.number", "malformed": "_ws.malformed", "protocols": "frame.protocols",
    "nonce": "teredo.auth.nonce", "origin_port": "teredo.orig.port",
    "origin_address": "teredo.orig.addr", "source": "ipv6.src", "destination": "ipv6.dst",
    "server": "ipv6.src_ts_ipv4", "mapped_port": "ipv6.src_tc_port",
    "mapped_address": "ipv6.src_tc_ipv4", "icmpv6_type": "icmpv6.type",
    "icmpv6_checksum": "icmpv6.checksum.status", "next_header": "ipv6.nxt",
    "udp_source": "udp.srcport",
}
kTeredoPort = 3544
kGoodChecksum = "1"


@dataclasses.dataclass
class Capture:
    """Everything on UDP that one device of the core router carries while the context lasts."""
    namespace: object
    device: str
    path: object = None

    @contextlib.contextmanager
    def running(self):
        self.path = Run.current().directory / f"capture-{Run.current().next_number()}.pcapng"
        capture = subprocess.Popen(
            self.namespace.command("dumpcap", "-q", "-i", self.device, "-f", "udp", "-w", self.path),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        Run.current().started(capture)
        # It says "File: …" when it has begun.
        said = capture.stderr.readline()
        while said and not said.startswith("File:"):
            said = capture.stderr.readline()
        if not said:
            raise LabError("dumpcap has ended at once")
        try:
            yield self
        finally:
            capture.send_signal(signal.SIGINT)
            capture.communicate(timeout=10)

    def read(self, *ports):
        """One dict per datagram, by kFields; datagrams of these ports are Teredo."""
        arguments = ["tshark", "-n", "-r", self.path, "-T", "fields", "-E", "separator=;",
                     "-E", "occurrence=f"]
        for port in ports:
            arguments += ["-d", f"udp.port=={port},teredo"]
        for field in kFields.values():
            arguments += ["-e", field]
        lines = run_tool(arguments).stdout.splitlines()
        return [dict(zip(kFields, line.split(";"))) for line in lines]


@only_ours("this is about what ours sends")
class DissectorTest(LabTest):
    """A client that qualifies, talks to a native host and to another client."""

    clients = {"first": nat.kPortRestricted, "second": nat.kAddressRestricted}

    @classmethod
    def start_infrastructure(cls):
        super().start_infrastructure()
        capture = Capture(cls.net["core"], cls.net.clients["first"].core_device)
        with capture.running():
            addresses = {name: one.wait_ready() for name, one in cls.launch_clients().items()}
            traffic.ping(cls.net["first"], topology.kHostAddress)
            traffic.ping(cls.net["first"], addresses["second"])
            cls.address = addresses["first"]
            cls.mapped = mapped_endpoint(cls.address)
            # What is captured is written late, and not at all where the capture ends before.
            wait_until(lambda: cls.has_both_pings(capture), 10, "pings in the capture")

    @classmethod
    def has_both_pings(cls, capture):
        cls.seen = capture.read(kTeredoPort, cls.mapped[1])
        return sum(one["icmpv6_type"] == "129" for one in cls.seen) >= 6

    def of_type(self, kind):
        return [one for one in self.seen if one["icmpv6_type"] == str(kind)]

    def test_everything_is_understood(self):
        self.assertGreater(len(self.seen), 12)
        for one in self.seen:
            self.assertIn(":udp:teredo:ipv6", one["protocols"], one)
            self.assertEqual(one["malformed"], "", one)

    @shows("Q3", "S24")
    def test_solicitations_and_advertisements(self):
        solicitations, advertisements = self.of_type(133), self.of_type(134)
        self.assertGreaterEqual(len(advertisements), 2)
        asked = {one["nonce"] for one in solicitations}
        for one in solicitations + advertisements:
            self.assertIn(one["nonce"], asked)
            self.assertEqual(one["icmpv6_checksum"], kGoodChecksum, one)
        for one in advertisements:
            self.assertEqual((one["origin_address"], int(one["origin_port"])),
                             (str(self.mapped[0]), self.mapped[1]))

    @shows("W1", "W2", "Q20")
    def test_the_address_is_made_of_server_and_mapping(self):
        own = [one for one in self.seen if one["source"] == str(self.address)]
        self.assertTrue(own)
        for one in own:
            self.assertEqual(
                (one["server"], one["mapped_address"], int(one["mapped_port"])),
                (topology.kServerAddress, str(self.mapped[0]), self.mapped[1]))

    def test_bubbles_and_packets_of_the_host(self):
        self.assertTrue([one for one in self.seen if one["next_header"] == "59"])
        requests = [one for one in self.of_type(128) if one["source"] == str(self.address)]
        self.assertGreaterEqual(len(requests), 6)
        for one in requests:
            self.assertEqual(one["icmpv6_checksum"], kGoodChecksum, one)
