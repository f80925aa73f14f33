# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""bench-load in a topology: the router in its middle plays very many Teredo clients, the host their
peers. The fewer hops between it and what is measured, the more it can ask of that."""

import dataclasses
import json
import subprocess

from bench.arrivals import Counter
from bench.processor import process_seconds
from lab import daemon, nat, topology
from lab.netns import Run
from lab.tools import LabError, wait_until

kProgram = "tests/bench/load/bench-load"
#: Who plays the clients, where these live, and the server of all of them.
kPlayer = "core"
kFirstClient, kClients, kClientsServer = "46.0.0.0", "46.0.0.0/8", "46.255.0.1"
kClientPort = 40000
#: Where the packets from the native side come from: each client has them from a /48 of its own.
#: Nobody has these addresses, and nobody is asked.
kNativeSources = "2a02::/32"
kSinkPort = 4000
kPayload = 64
_kOuterHeaders, _kInnerHeaders = 20 + 8, 40 + 8
#: As fast as peers are made known to a relay: what a limit per address behind it lets through.
_kFillRate = 40_000
_kRefreshRate = 60_000


def program():
    return daemon.build_directory() / kProgram


def missing_program():
    """Why there is no generator, or None."""
    return None if program().exists() else f"no {kProgram} in {daemon.build_directory()}: build it"


def prepare(net):
    """Makes the player own the addresses that it is to speak for."""
    net[kPlayer].ip("route", "add", "local", kClients, "dev", "lo")


@dataclasses.dataclass(frozen=True)
class WayUp:
    """From the player to a namespace beside it: the address there, the options for its frames."""
    address: str
    options: dict


def _link(device, neighbour, neighbours_device):
    """The options of frames that go to a namespace through `device`, whose other end it has."""
    listed = neighbour.ip("-json", "link", "show", "dev", neighbours_device)
    return {"device": device, "neighbour": json.loads(listed.stdout)[0]["address"]}


def way_up(net, node):
    uplink = net.uplink(node)
    return WayUp(uplink.addresses[0], _link(uplink.core_device, net[node], nat.kWan))


def _arguments(namespace, mode, options):
    return namespace.command(program(), mode, *(f"--{name}={value}"
                                                for name, value in options.items()))


def run(namespace, mode, **options):
    """Runs it to its end: what it says."""
    done = subprocess.run(_arguments(namespace, mode, options), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise LabError(f"bench-load {mode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def cpu_seconds(whose):
    """Of all processes of a daemon."""
    return sum(process_seconds(process.pid) for process in whose.processes())


def resident_kib(whose):
    """Of all processes of a daemon."""
    return sum(process.resident_kib for process in whose.processes())


class Samples(dict):
    """{name of a figure: its values}."""

    def add_all(self, prefix, figures):
        for name, value in figures.items():
            self.setdefault(prefix + name, []).append(value)


class Background:
    """One that runs until the end of the `with` block."""

    def __init__(self, namespace, mode, **options):
        self._process = subprocess.Popen(
            _arguments(namespace, mode, {"seconds": 3600} | options), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)
        Run.current().started(self._process)

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        self._process.kill()
        self._process.wait()


def way_down(net):
    """The options of frames from the host to the relay, which routes them on."""
    return _link("relay", net["relay"], "native")


class RelayLoad:
    """Traffic of `peers` Teredo clients through the relay of a topology, both ways."""

    def __init__(self, net, relay_port, peers):
        self._net = net
        self.peers = peers
        self._clients = {"first": kFirstClient, "peers": peers, "port": kClientPort,
                         "server": kClientsServer}
        up = way_up(net, "relay")
        self._upward = {"to": f"{up.address}:{relay_port}", **up.options}
        self._downward = way_down(net)
        self._up = Counter(net["host"], "relay", kSinkPort, _kInnerHeaders, kPayload)
        self._down = Counter(net[kPlayer], "relay", kClientPort,
                             _kOuterHeaders, _kInnerHeaders + kPayload)

    def send_up(self, **bounds):
        return self._send(self._up, self._net[kPlayer], "up", **self._upward,
                          host=topology.kHostAddress, **bounds)

    def send_down(self, **bounds):
        return self._send(self._down, self._net["host"], "down", **self._downward,
                          sources=kNativeSources, **bounds)

    def _send(self, counter, namespace, mode, **options):
        """What the generator says, with what arrived at the other end."""
        before = counter.count()
        said = run(namespace, mode, **self._clients, **options)
        # What is in a queue still arrives, what is in none never does.
        last = -1
        while (now := counter.count()) != last:
            last = now
        return said | {"arrived": last - before}

    def refresh(self):
        """A packet of each client: the relay has heard from all again. How many it knew."""
        return self.send_up(count=self.peers, seconds=120, rate=_kRefreshRate)["arrived"]

    def fill(self, tries=3):
        """Makes all of them peers of the relay, whose bubbles are answered; how many it knows."""
        known = 0
        with Background(self._net[kPlayer], "answer", port=kClientPort):
            while known < 0.99 * self.peers and tries > 0:
                # Again where the relay would not try so many at once.
                self.send_down(count=self.peers, seconds=120, rate=_kFillRate)
                known = self.refresh()
                tries -= 1
        return known


def relay_port(relay):
    """The UDP port of a relay daemon."""
    return wait_until(relay.udp_ports, 5, "UDP port of the relay")[0]
