# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""A relay whose packets are those of very many clients: few in a row go the same way."""

from bench import load_generator as load
from lab import daemon, topology
from lab.tools import LabError

kPeers = 1_000
_kKnownAtLeast = 0.99
#: How many it may get to know in a second is a setting of ours; the old one has no such bound.
_kText = {daemon.kOurs: "[Relay]\nBubblesPerSec=100000\n"}


class Crowd:
    """The relay of one kind, in an Internet of its own, and the players of its clients."""

    def __init__(self, kind):
        self.kind = kind
        self._net = topology.Topology({})
        load.prepare(self._net)
        self._relay = daemon.Daemon(self._net["relay"], "relay", kind, text=_kText.get(kind)).start()
        self._relay.wait_ready()
        self._load = load.RelayLoad(self._net, load.relay_port(self._relay), kPeers)

    def measure(self, seconds):
        """The figures of one round."""
        # It has forgotten them since the last one.
        if (known := self._load.fill()) < _kKnownAtLeast * kPeers:
            raise LabError(f"the {self.kind} relay knows {known} of {kPeers} peers")
        figures = {}
        for way, send in (("up", self._load.send_up), ("down", self._load.send_down)):
            before = load.cpu_seconds(self._relay)
            said = send(seconds=seconds)
            used = load.cpu_seconds(self._relay) - before
            if not said["arrived"]:
                raise LabError(f"the {self.kind} relay forwards nothing {way}")
            name = f"64 bytes, {way}"
            figures[f"{name}, kpps"] = said["arrived"] / said["seconds"] / 1000
            figures[f"{name}, processes, us"] = used / said["arrived"] * 1e6
        return figures
