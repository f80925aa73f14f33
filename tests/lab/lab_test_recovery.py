# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Things that go away and come back: the server, and the mapping of a NAT."""

from lab import nat, topology, traffic
from lab.addresses import AddressWatch, mapped_endpoint
from lab.lab_test import LabTest, only_ours, shows
from lab.lab_test_flood import udp_counters
from lab.tools import wait_until

#: The refresh interval of RFC 4380 §5.2.5 and the time to hear back, with room for a busy machine.
kOneRefresh = 30
kSlack = 6


class ServerRestartTest(LabTest):
    """Clients stay up while the server is restarted: nothing is seen, new peers are found."""

    clients = {"first": nat.kPortRestricted, "second": nat.kAddressRestricted}

    def test_clients_keep_their_addresses(self):
        clients = self.launch_clients()
        watches = [AddressWatch(self.net[name]) for name in clients]
        self.stop(self.server)
        self.server = self.launch("server", "server")
        self.server.wait_ready()
        answers = traffic.ping(self.net["first"], clients["second"].address())
        self.assertEqual(len(answers), 3, f"client to client: {answers}\n{self.logs()}")
        for name in clients:
            answers = traffic.ping(self.net[name], topology.kHostAddress)
            self.assertEqual(len(answers), 3, f"{name} to host: {answers}\n{self.logs()}")
        for watch in watches:
            watch.close()
            self.assertEqual(watch.changes, [])


class ServerLateTest(LabTest):
    """The client is there before its server: it goes on asking and comes up when there is one."""

    clients = {"public": nat.kPublic}

    def test_client_waits(self):
        self.stop(self.server)
        client = self.launch("public", "client")
        wait_until(lambda: udp_counters(self.net["server"])["NoPorts"] >= 2, 15,
                   "second solicitation at the server's closed port")
        self.assertIsNone(client.address())
        self.server = self.launch("server", "server")
        client.wait_ready(limit=20)
        answers = traffic.ping(self.net["public"], topology.kHostAddress)
        self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")


@only_ours("it gives its address up after three unanswered refreshes")
class ServerLossTest(LabTest):
    """The server is gone for longer than a refresh: degraded, but peers stay within reach."""

    clients = {"first": nat.kPortRestricted}

    def test_address_and_peers_stay(self):
        client = self.launch_clients()["first"]
        self.assertEqual(len(traffic.ping(self.net["first"], topology.kHostAddress)), 3)
        with AddressWatch(self.net["first"]) as watch:
            self.stop(self.server)

            # A peer stays as long as it is talked to: finding it again would take a server.
            def is_degraded():
                traffic.ping(self.net["first"], topology.kHostAddress)
                return "degraded" in client.log()

            wait_until(is_degraded, 2 * kOneRefresh + kSlack, "word that the client is degraded")
            answers = traffic.ping(self.net["first"], topology.kHostAddress)
            self.assertEqual(len(answers), 3, f"without a server: {answers}\n{self.logs()}")
            self.server = self.launch("server", "server")
            self.server.wait_ready()
            self.assertEqual(len(traffic.ping(self.net["first"], topology.kHostAddress)), 3)
        self.assertEqual(watch.changes, [])


@shows("Q28")
class NatRebindTest(LabTest):
    """The NAT gets another public address: a new Teredo address within one refresh, never two."""

    clients = {"first": nat.kPortRestricted, "second": nat.kSymmetric}

    def test_new_address(self):
        clients = self.launch_clients()
        watches = {name: AddressWatch(self.net[name]) for name in clients}
        outer = {name: self.net.rebind(name) for name in clients}
        for name, watch in watches.items():
            change = watch.wait_for(
                lambda c, wanted=outer[name]: c.added
                and str(mapped_endpoint(c.address)[0]) == wanted, kOneRefresh + kSlack)
            self.assertIsNotNone(change, f"{name}: no new address\n{self.logs()}")
            clients[name].wait_ready()
            answers = traffic.ping(self.net[name], topology.kHostAddress)
            self.assertEqual(len(answers), 3, f"{name} to host: {answers}\n{self.logs()}")
            watch.close()
            self.assertEqual(watch.most_at_once(), 1, f"{name}: {watch.changes}")
