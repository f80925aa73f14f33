# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""A million malformed datagrams at each role: nothing changes, and every one is accounted for."""

import re

from lab import daemon, nat, topology, traffic
from lab.addresses import AddressWatch, mapped_endpoint
from lab.lab_test import LabTest, default_kind
from lab.tools import wait_until

kCount = 1_000_000
kRate = 120_000
kMaximumGrowthKib = 1024
#: Datagrams and discards of everyday life during a flood: refreshes, the kernel's own multicast.
kEverydayLife = 20
_kCounters = re.compile(r"^(?:<\d>)?(client|relay|server): received (\d+), dropped:(.*)$",
                        re.MULTILINE)
_kReason = re.compile(r"([a-z0-9-]+)=(\d+)")


def udp_counters(namespace):
    """{name: value} of the namespace's own UDP statistics."""
    names, values = (line.split()[1:] for line in namespace.read_proc_net("snmp")
                     if line.startswith("Udp:"))
    return dict(zip(names, map(int, values)))


def reported_counters(log, role):
    """What the daemon said at its end: (received, {reason: count}), None if it said nothing."""
    for name, received, dropped in _kCounters.findall(log):
        if name == role:
            return int(received), {reason: int(n) for reason, n in _kReason.findall(dropped)}
    return None


class FloodTest(LabTest):
    """From a stranger's own address and, forged, from the server's, the relay's and the host's."""

    clients = {"public": nat.kPublic}
    alone = True
    limit = 180

    def flood(self, target, address, port, forged):
        """Floods a ready daemon and checks all that can be seen while it runs."""
        before = target.processes()
        udp = udp_counters(target.namespace)
        sources = [f"{topology.kStrangerAddress}:{port_}" for port_ in (3544, 40000, 40001)]
        with AddressWatch(target.namespace) as watch:
            sent = traffic.flood(self.net["stranger"], address, port, sources + forged,
                                 kCount, kRate).sent
            arrived = wait_until(lambda: self._arrived(target, udp, sent), 10,
                                 f"all {sent} datagrams at {target.role}")
        self.assertLessEqual(arrived - sent, kEverydayLife)
        self.assertEqual(watch.changes, [], "the addresses changed")
        after = target.processes()
        self.assertEqual([p.pid for p in after], [p.pid for p in before], target.log_tail())
        grown = sum(p.resident_kib for p in after) - sum(p.resident_kib for p in before)
        self.assertLess(grown, kMaximumGrowthKib, "KiB that the resident sets grew by")
        return sent

    @staticmethod
    def _arrived(target, before, sent):
        now = udp_counters(target.namespace)
        arrived = sum(now[name] - before[name] for name in ("InDatagrams", "RcvbufErrors"))
        return arrived if arrived >= sent else None

    def account(self, target, sent):
        """Ends the daemon: reasons counted plus what the kernel dropped equal what was sent."""
        kernel = sum(drops for _, drops in target.udp_sockets())
        self.stop(target)
        if default_kind() != daemon.kOurs:
            return
        reported = reported_counters(target.log(), target.role)
        self.assertIsNotNone(reported, f"no counters at the end\n{target.log_tail()}")
        received, dropped = reported
        total = sum(dropped.values()) + kernel
        detail = f"sent {sent}, received {received}, kernel {kernel}, dropped {dropped}"
        self.assertGreaterEqual(received + kernel, sent, detail)
        self.assertGreaterEqual(total, sent, detail)
        self.assertLessEqual(total - sent, kEverydayLife, detail)

    def reach_host(self):
        answers = traffic.ping(self.net["public"], topology.kHostAddress)
        self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")

    def test_client(self):
        client = self.launch("public", "client")
        address, port = mapped_endpoint(client.wait_ready())
        self.reach_host()
        sent = self.flood(client, address, port, [f"{topology.kServerAddress}:3544",
                                                  f"{topology.kServerAddress2}:3544",
                                                  f"{topology.kRelayAddress}:3545"])
        self.reach_host()
        self.account(client, sent)

    def test_relay(self):
        client = self.launch("public", "client")
        mapped, client_port = mapped_endpoint(client.wait_ready())
        self.reach_host()
        port = self.relay.udp_ports()[0]
        sent = self.flood(self.relay, topology.kRelayAddress, port,
                          [f"{mapped}:{client_port}", f"{topology.kServerAddress}:3544"])
        self.reach_host()
        self.account(self.relay, sent)
        self.stop(client)
        type(self).relay = self.launch("relay", "relay")
        self.relay.wait_ready()

    def test_server(self):
        client = self.launch("public", "client")
        mapped, client_port = mapped_endpoint(client.wait_ready())
        self.reach_host()
        sent = self.flood(self.server, topology.kServerAddress, daemon.kServerPort,
                          [f"{mapped}:{client_port}", f"{topology.kRelayAddress}:3545"])
        self.stop(client)
        self.stop(self.launch_clients("public")["public"])
        self.account(self.server, sent)
        type(self).server = self.launch("server", "server")
        self.server.wait_ready()
