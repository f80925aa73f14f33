# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Interoperability in groups: ours and the old Miredo 1.2.6 in every role at once, behind all NATs."""

import concurrent.futures
import sys

from lab import daemon, nat, topology, traffic
from lab.lab_test import LabTest, only_ours, shows

kTries = 10
kClients = {
    f"{kind}-{name}": behind for kind in daemon.kKinds for name, behind in (
        ("address", nat.kAddressRestricted), ("port", nat.kPortRestricted),
        ("symmetric", nat.kSymmetric))}


def kind_of(client):
    return client.partition("-")[0]


def has_to_work(initiator, responder):
    """Whether the first packet of `initiator` has to reach `responder`, in any order of events."""
    behind = {kClients[initiator], kClients[responder]}
    if nat.kSymmetric not in behind:
        return True
    if nat.kAddressRestricted not in behind:
        return False
    if kind_of(initiator) == kind_of(responder):
        return kind_of(initiator) == daemon.kOurs  # RFC 6081 §5.2
    # Only the initiator's bubbles ask for an answer to their cookie, so that it has to be the one
    # that takes the answer from another mapping.
    return kClients[responder] == nat.kSymmetric


@only_ours("the old one alone is in the interoperability tests")
class GroupTest(LabTest):
    """Six clients, and a server and a relay of different kinds."""

    clients = kClients
    server_kind, relay_kind = daemon.kOurs, daemon.kOld
    limit = 180

    @classmethod
    def start_infrastructure(cls):
        for node, kind in (("server", cls.server_kind), ("relay", cls.relay_kind)):
            cls.launch(node, node, kind).wait_ready()
        cls.started = {name: cls.launch(name, "client", kind_of(name)) for name in cls.clients}
        for one in cls.started.values():
            one.wait_ready()

    def each(self, jobs):
        """What ping_until_answer() says of each (source, address), all at once."""
        with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
            done = pool.map(lambda job: traffic.ping_until_answer(self.net[job[0]], job[1], kTries),
                            jobs.values())
            return dict(zip(jobs, done))

    @shows("R25")
    def test_native_host_both_ways(self):
        there = self.each({name: (name, topology.kHostAddress) for name in self.clients})
        self.assertEqual([name for name, answered in there.items() if not answered], [], self.logs())
        back = self.each({name: ("host", one.address()) for name, one in self.started.items()})
        self.assertEqual([name for name, answered in back.items() if not answered], [], self.logs())

    @shows("C52", "R25", "S40")
    def test_pairs(self):
        jobs = {(one, other): (one, self.started[other].address())
                for one in self.clients for other in self.clients if one != other}
        works = self.each(jobs)
        for (one, other), answered in works.items():
            print(f"{one:>14} to {other:<14} {'yes' if answered else 'no'}", file=sys.stderr)
        missing = [pair for pair, answered in works.items() if not answered and has_to_work(*pair)]
        self.assertEqual(missing, [], self.logs())


class OtherGroupTest(GroupTest):
    """The same with the kinds of server and relay changed over."""

    server_kind, relay_kind = daemon.kOld, daemon.kOurs
