# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Interoperability with the old Miredo 1.2.6: ours and the old one in every mix of the four roles."""

import itertools

from lab import daemon, nat, topology, traffic
from lab.lab_test import LabTest, default_kind, shows

kRoles = ("server", "relay", "first", "second")


def mixes():
    """All assignments of kinds to roles that hold both; all-old alone when only that one runs."""
    if default_kind() == daemon.kOld:
        return [(daemon.kOld,) * len(kRoles)]
    return [mix for mix in itertools.product(daemon.kKinds, repeat=len(kRoles))
            if len(set(mix)) > 1]


@shows("C52")
class InteroperabilityTest(LabTest):
    """Clients behind port-restricted and address-restricted NATs; pings and TCP in each mix."""

    clients = {"first": nat.kPortRestricted, "second": nat.kAddressRestricted}

    @classmethod
    def start_infrastructure(cls):
        """Each mix starts its own."""

    def check(self, mix):
        kinds = dict(zip(kRoles, mix))
        infrastructure = [self.launch(role, role, kinds[role]) for role in ("server", "relay")]
        for one in infrastructure:
            one.wait_ready()
        clients = {name: self.launch(name, "client", kinds[name]) for name in self.clients}
        addresses = {name: client.wait_ready() for name, client in clients.items()}
        for name, other in (("first", "second"), ("second", "first")):
            self._exchange(name, "host", topology.kHostAddress)
            self._exchange(name, other, addresses[other])
        self.stop(*clients.values(), *infrastructure)

    def _exchange(self, source, target, address):
        answers = traffic.ping(self.net[source], address, count=2, interval=0.2)
        self.assertEqual(len(answers), 2, f"{source} to {target}: {answers}\n{self.logs()}")
        traffic.tcp_both_ways(self.net[source], self.net[target], address)


def _add_test(mix):
    def test(self):
        self.check(mix)
    test.__doc__ = ", ".join(f"{role} {kind}" for role, kind in zip(kRoles, mix))
    setattr(InteroperabilityTest, "test_" + "_".join(mix), test)


for _mix in mixes():
    _add_test(_mix)
