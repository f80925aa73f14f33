# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Very many unknown Teredo peers at once, at a client and at its relay (CONTRIBUTING.md, "Bounds").

The same packets at a closed port of the same host are the control run: what is left of the flow
there is what the flood costs the machine.
"""

import contextlib
import dataclasses
import json
import subprocess
import time

from bench import load_generator as load, loads
from bench.arrivals import Counter
from lab import daemon, nat, topology
from lab.addresses import mapped_endpoint
from lab.netns import Run
from lab.tools import LabError, wait_until

kClient = "client"
kClosedPort = 9
#: What the flow would like to carry: well below what it could.
kFlowMbit = 500
#: How long after the flood its memory may be there.
kRecovery = 60
#: As many as can be: half of them may be strangers.
_kMaxPeers = 1_048_576


def _text(section, **keys):
    return f"[{section}]\n" + "".join(f"{key}={value}\n" for key, value in keys.items())


@dataclasses.dataclass(frozen=True)
class Target:
    """A daemon, the way there, the port of its service, and whom the strangers send to."""
    daemon: daemon.Daemon
    way: load.WayUp
    port: int
    host: str


class World:
    """A client with a TCP flow from the native host."""

    def __init__(self):
        self.net = topology.Topology({kClient: nat.kPublic})
        load.prepare(self.net)
        self._start("server", "server")
        self.relay = self._start("relay", "relay", _text("Relay", MaxPeers=_kMaxPeers))
        self.client = self._start(kClient, "client", _text(
            "Client", Server=topology.kServerAddress, MaxPeers=_kMaxPeers))
        self.address = self.client.address()
        # What strangers say goes no further: nobody answers them.
        Counter(self.net[kClient], daemon.kDevice, load.kSinkPort, headers=0, size=1)
        loads.serve(self.net["host"])

    def _start(self, node, role, text=None):
        started = daemon.Daemon(self.net[node], role, daemon.kOurs, text=text).start()
        started.wait_ready()
        return started

    def target(self, role):
        if role == "client":
            _address, port = mapped_endpoint(self.address)
            return Target(self.client, load.way_up(self.net, kClient), port, self.address)
        return Target(self.relay, load.way_up(self.net, "relay"), load.relay_port(self.relay),
                      topology.kHostAddress)

    def flow(self, seconds):
        """Starts it; finish with flow_mbit()."""
        flow = subprocess.Popen(
            self.net[kClient].command("iperf3", "-6", "-J", "-R", "-b", f"{kFlowMbit}M", "-t",
                                      f"{seconds:g}", "-c", topology.kHostAddress),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        Run.current().started(flow)
        return flow

    def flood(self, target, packets, rate, peers):
        return load.run(self.net[load.kPlayer], "up", first=load.kFirstClient, peers=peers,
                        port=load.kClientPort, server=topology.kServerAddress, host=target.host,
                        count=packets, rate=rate, seconds=300,
                        **target.way.options, to=f"{target.way.address}:{target.port}")

    def warm_up(self, role, rate):
        """Few strangers, so that nothing of their kind meets a buffer that was never used: those
        are as large before as after."""
        flow = self.flow(1)
        self.flood(self.target(role), rate, rate, peers=1000)
        flow_mbit(flow)


def flow_mbit(flow):
    out, _ = flow.communicate(timeout=120)
    if flow.returncode != 0:
        raise LabError(f"iperf3: {out}")
    return json.loads(out)["end"]["sum_received"]["bits_per_second"] / 1e6


def _flow_during(world, target, options):
    """What the flow carries meanwhile, in Mbit/s; and what of the flood has left, a second."""
    flow = world.flow(options.flood_peers / options.flood_rate)
    said = world.flood(target, options.flood_peers, options.flood_rate, peers=options.flood_peers)
    resident = load.resident_kib(target.daemon)
    return flow_mbit(flow), said["sent"] / said["seconds"], resident


def _flood(world, role, options):
    """{figure: value} of a flood at a role, and of one at a closed port beside it."""
    target = world.target(role)
    closed, _sent, before = _flow_during(
        world, dataclasses.replace(target, port=kClosedPort), options)
    opened, sent, during = _flow_during(world, target, options)
    return {"packets per s": sent, "flow meanwhile, Mbit/s": opened,
            "flow with a closed port, Mbit/s": closed, "flow, to a closed port": opened / closed,
            "resident before, KiB": before, "resident at its end, KiB": during}


def _recover(target, before):
    """Seconds until the memory is back, and what is resident then."""
    begin = time.monotonic()
    with contextlib.suppress(LabError):
        wait_until(lambda: load.resident_kib(target) <= 1.1 * before, kRecovery)
    return {"seconds until 1.1 times that": time.monotonic() - begin,
            "resident after that, KiB": load.resident_kib(target),
            "resident after that, to before": load.resident_kib(target) / before}


def bench(samples, options):
    world = World()
    for role in ("client", "relay"):
        world.warm_up(role, options.flood_rate)
    for _ in range(options.flood_rounds):
        for role in ("client", "relay"):
            figures = _flood(world, role, options)
            figures |= _recover(world.target(role).daemon, figures["resident before, KiB"])
            samples.add_all(f"flood at a {role}: ", figures)
