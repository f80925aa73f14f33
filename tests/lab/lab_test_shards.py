# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Shards=2: each client's packets stay on one shard, both ways and in order; and what else becomes of it."""

import ipaddress
import json
import socket
import struct

from lab import bus, daemon, nat, topology, traffic
from lab.lab_test import LabTest
from lab.tools import wait_until

kShards = 2
kClients = 4
#: Packets of each flow that are under way at once, and how often.
kBurst = 24
kRounds = 20
kFlowsEach = 2
kWithoutBpf = ("setpriv", "--bounding-set=-bpf", "--inh-caps=-bpf")
_kSequence = struct.Struct("!I60x")


def shard_of(address, port):
    """Written down once more: tests judge by what they know themselves."""
    value = (int(ipaddress.IPv4Address(address)) + port * 0x9E3779B1) & 0xFFFFFFFF
    value = ((value ^ value >> 16) * 0x7FEB352D) & 0xFFFFFFFF
    value = ((value ^ value >> 15) * 0x846CA68B) & 0xFFFFFFFF
    return (value >> 16) % kShards


def mapping_in(address):
    """The (IPv4 address, port) in a Teredo address."""
    low = ~int(ipaddress.IPv6Address(str(address)))
    return str(ipaddress.IPv4Address(low & 0xFFFFFFFF)), low >> 32 & 0xFFFF


class Flow:
    """UDP with sequence numbers from one namespace to another."""

    def __init__(self, source, target, address):
        with source.entered():
            self.sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        with target.entered():
            self.receiver = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.receiver.bind((str(address), 0))
        self.receiver.settimeout(5)
        self.sender.connect((str(address), self.receiver.getsockname()[1]))
        self.sent = self.received = 0

    def send(self, count):
        for _ in range(count):
            self.sender.send(_kSequence.pack(self.sent))
            self.sent += 1

    def expect(self):
        """All that was sent, in the order in which it was."""
        while self.received < self.sent:
            number, = _kSequence.unpack(self.receiver.recv(100))
            if number != self.received:
                raise AssertionError(f"{number} came instead of {self.received}")
            self.received += 1

    def close(self):
        self.sender.close()
        self.receiver.close()


class _ShardsTest(LabTest):
    """Relays and servers with more than one shard."""

    @classmethod
    def start_relay(cls, **options):
        cls.bus = bus.Bus(cls.net["relay"], daemon.build_directory())
        cls.addClassCleanup(cls.bus.stop)
        cls.relay = cls.launch(
            "relay", "relay", "ours", bus=cls.bus, **options,
            text=f"[Relay]\nInterfaceName={daemon.kDevice}\nShards={kShards}\n")
        cls.relay.wait_ready()

    @classmethod
    def start_client(cls, name, port=0):
        text = f"[Client]\nInterfaceName={daemon.kDevice}\nServer={topology.kServerAddress}\n"
        return cls.launch(name, "client", "ours", text=text + (f"Port={port}\n" if port else ""))

    def status(self):
        """Of the relay, once its shards run."""
        def look():
            done = self.bus.miredoctl("status", "--json=short", check=False)
            instance = done.returncode == 0 and json.loads(done.stdout)["instances"][0]
            return instance and instance["statistics"] and instance
        return wait_until(look, 5, "the relay's status")

    def counts(self):
        """What went through each shard: a list of {name: count}; Strays are of both together.

        The relay's own kernel says a few words on the device, to groups on the link.
        """
        statistics = self.status()["statistics"]
        strays = {"Strays": statistics["Dropped.not-teredo-destination"]}
        return [{name: statistics[f"Shard.{shard}.{name}"]
                 for name in ("DatagramsReceived", "PacketsReceived", "HandedOver")} | strays
                for shard in range(kShards)]

    def growth(self, before, enough):
        """How much the counters have grown, once `enough(growth)` holds."""
        def look():
            grown = [{name: now[name] - old[name] for name in now}
                     for now, old in zip(self.counts(), before)]
            return enough(grown) and grown
        return wait_until(look, 5, f"the counters, from {before}, at {self.counts()}")

    def expect_order(self, pairs):
        """Runs flows between all pairs (namespace, namespace, address) at once."""
        flows = [Flow(*pair) for pair in pairs for _ in range(kFlowsEach)]
        try:
            for _ in range(kRounds):
                for flow in flows:
                    flow.send(kBurst)
                for flow in flows:
                    flow.expect()
        finally:
            for flow in flows:
                flow.close()

    def both_ways(self, name, client):
        host, own = self.net["host"], self.net[name]
        return [(own, host, topology.kHostAddress), (host, own, client.address())]


class ShardsTest(_ShardsTest):
    """Two of a server, two of a relay."""

    clients = {f"c{i}": nat.kPublic for i in range(kClients)} | {"symmetric": nat.kSymmetric}

    @classmethod
    def start_infrastructure(cls):
        cls.server = cls.launch(
            "server", "server", "ours",
            text=f"[Server]\nAddress={topology.kServerAddress}\nShards={kShards}\n")
        cls.server.wait_ready()
        cls.start_relay()
        cls.started = {}
        for i in range(kClients):
            name = f"c{i}"
            address = cls.net.clients[name].outer_address
            # Half of them for each shard.
            port = next(p for p in range(40000, 41000) if shard_of(address, p) == i % kShards)
            cls.started[name] = cls.start_client(name, port)
        for one in cls.started.values():
            one.wait_ready()

    def test_a_server_has_a_socket_for_each_shard_and_address(self):
        self.assertEqual(len(self.server.udp_ports(daemon.kServerPort)), 2 * kShards)

    def test_the_relay_has_two_and_says_so(self):
        status = self.status()
        self.assertEqual((status["shards"], status["health"]), (kShards, []))
        self.assertIn("Shards: 2", self.bus.miredoctl("status").stdout)

    def test_a_reload_leaves_their_number_to_the_restart(self):
        text = self.relay.text
        self.addCleanup(setattr, self.relay, "text", text)
        self.relay.text = text.replace(f"Shards={kShards}", f"Shards={kShards + 1}")
        self.relay.write_configuration()
        told = json.loads(self.bus.miredoctl("reload", "--json=short").stdout)
        self.assertEqual([(change["key"], change["applied"]) for change in told["changes"]],
                         [("Relay.Shards", False)], told)
        self.assertEqual(self.status()["shards"], kShards)

    def test_each_client_stays_on_its_shard(self):
        packets = kRounds * kBurst * kFlowsEach
        for name, client in self.started.items():
            with self.subTest(client=name):
                answers = traffic.ping(self.net[name], topology.kHostAddress)
                self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")
                own = shard_of(*mapping_in(client.address()))
                before = self.counts()
                self.expect_order(self.both_ways(name, client))
                grown = self.growth(before, lambda grown: all(
                    grown[own][each] >= packets for each in ("DatagramsReceived", "PacketsReceived")))
                other = grown[1 - own]
                self.assertEqual((other["DatagramsReceived"], other["HandedOver"]), (0, 0), grown)
                self.assertLessEqual(other["PacketsReceived"], other["Strays"], grown)
                self.assertEqual(grown[own]["HandedOver"], 0, grown)

    def test_flows_of_all_clients_at_once_keep_their_order(self):
        for name in self.started:
            self.assertTrue(traffic.ping_until_answer(self.net[name], topology.kHostAddress))
        before = self.counts()
        self.expect_order([pair for name, client in self.started.items()
                           for pair in self.both_ways(name, client)])
        packets = kRounds * kBurst * kFlowsEach * kClients // kShards
        grown = self.growth(before, lambda grown: all(
            shard[each] >= packets for shard in grown
            for each in ("DatagramsReceived", "PacketsReceived")))
        self.assertEqual([shard["HandedOver"] for shard in grown], [0, 0])

    def start_crossing_client(self):
        """A client behind a symmetric NAT, whose datagrams come to the shard that doesn't know it."""
        for _ in range(20):
            client = self.start_client("symmetric")
            client.wait_ready()
            self.assertTrue(traffic.ping_until_answer(self.net["symmetric"], topology.kHostAddress),
                            self.logs())
            peers = json.loads(self.bus.miredoctl("peers", "--json=short").stdout)["peers"]
            peer = next(p for p in peers if p["address"] == str(client.address()))
            outer = peer["endpoint"]
            if shard_of(outer["address"], outer["port"]) != shard_of(*mapping_in(client.address())):
                return client
            self.stop(client)
        raise AssertionError("no mapping of twenty was the other shard's")

    def test_what_comes_from_elsewhere_is_handed_over_in_order(self):
        client = self.start_crossing_client()
        before = self.counts()
        self.expect_order(self.both_ways("symmetric", client))
        own = shard_of(*mapping_in(client.address()))
        packets = kRounds * kBurst * kFlowsEach
        grown = self.growth(before, lambda grown: all((
            grown[own]["DatagramsReceived"] >= packets, grown[own]["PacketsReceived"] >= packets,
            grown[1 - own]["HandedOver"] >= packets)))
        self.assertEqual(grown[1 - own]["DatagramsReceived"], 0, grown)
        self.assertLessEqual(grown[1 - own]["PacketsReceived"], grown[1 - own]["Strays"], grown)
        self.assertEqual(self.status()["statistics"]["Dropped.handover"], 0)
        self.stop(client)


class OneShardTest(_ShardsTest):
    """Without CAP_BPF there is one shard, which does all of it."""

    @classmethod
    def start_infrastructure(cls):
        cls.launch("server", "server").wait_ready()
        cls.start_relay(prefix=kWithoutBpf)
        cls.client = cls.start_client("public")
        cls.client.wait_ready()

    def test_it_works_and_says_why(self):
        answers = traffic.ping(self.net["public"], topology.kHostAddress)
        self.assertEqual(len(answers), 3, f"answered: {answers}\n{self.logs()}")
        status = self.status()
        self.assertEqual(status["shards"], 1)
        health = {item["id"]: item["text"] for item in status["health"]}
        self.assertEqual(list(health), ["one-shard"])
        self.assertIn("there is one shard instead of 2: ", health["one-shard"])
        self.assertIn("CAP_BPF", health["one-shard"])
        self.assertIn(health["one-shard"], self.bus.miredoctl("status").stdout)
        self.assertIn("one shard instead of 2", self.relay.log())
