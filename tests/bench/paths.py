# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The ways from a client to the native host behind the relay that are measured beside each other.

Each has an Internet of its own. With a NAT, its box is on every way: IPv6 is routed there, VXLAN's
datagrams are let in by a full cone, since it can not keep a mapping of its own open.
"""

import subprocess

from bench.processor import process_seconds
from bench.wire import Wire
from lab import daemon, nat, topology, traffic
from lab.netns import Run
from lab.tools import LabError

kRaw, kVxlan, kCeiling = "raw", "vxlan", "ceiling"
kPaths = (kRaw, kVxlan, kCeiling, daemon.kOurs, daemon.kOld)
kCeilingProgram = "tun_ceiling"
kClient = "client"
kInnerMtu = 1280
kQueueLength = 4096
kTunnelClient, kTunnelRelay = "2a00:4321::2", "2a00:4321::1"
kTunnelNetwork = "2a00:4321::/64"


def program(name):
    return daemon.build_directory() / "tests/bench" / name


def missing_program(name):
    """Why there is none, or None."""
    return None if program(name).exists() else f"no {program(name)} (MIREDO_BUILD_DIR)"


class Path:
    """A way that is up: `client` and `host` reach each other at `client_address`, kHostAddress."""

    def __init__(self, kind, client_nat):
        self.kind = kind
        self.net = topology.Topology({kClient: client_nat})
        self.client, self.host = self.net[kClient], self.net["host"]
        self.wire = Wire(self.net, kClient)
        self.client_address = kTunnelClient
        self._pids = {}  # {process on the way: what tells its PIDs, which may change}
        self._set_up()
        if not traffic.ping_until_answer(self.client, topology.kHostAddress):
            raise LabError(f"{kind}: the native host does not answer")

    def _set_up(self):
        raise NotImplementedError

    def _answer_to_the_relay(self):
        self.host.ip("route", "add", kTunnelNetwork, "via", topology.kRelayNativeAddress)

    def cpu_seconds(self):
        """{process on the way: seconds so far}; empty where all is done in the kernel."""
        return {name: sum(map(process_seconds, pids())) for name, pids in self._pids.items()}


class RawPath(Path):
    """Plain IPv6 over the hops that the datagrams of the others take."""

    def _set_up(self):
        place = self.net.clients[kClient]
        hops = [(kClient, nat.kWan, "core", place.core_device)]
        if place.nat_node:
            hops = [(kClient, nat.kWan, place.nat_node, nat.kLan),
                    (place.nat_node, nat.kWan, "core", place.core_device)]
        hops.append(("core", "relay", "relay", nat.kWan))
        self.net["core"].write_sysctls({"ipv6/conf/all/forwarding": 1})
        for number, (node, device, upper, upper_device) in enumerate(hops):
            # The client's network is the one that the host knows the way to.
            network = kTunnelNetwork.removesuffix("::/64") if number == 0 else f"2a00:4322:{number}"
            self.net[node].ip_batch([f"address add {network}::2/64 dev {device}",
                                     f"route add default via {network}::1 dev {device}"])
            self.net[upper].ip_batch([f"address add {network}::1/64 dev {upper_device}"])
            if number > 0:
                self.net[upper].ip("route", "add", kTunnelNetwork, "via", f"{network}::2")
        self._answer_to_the_relay()


class VxlanPath(Path):
    """The kernel's own tunnel."""

    def _set_up(self):
        place = self.net.clients[kClient]
        own = topology.kInsideAddress if place.nat_node else place.outer_address
        for node, local, remote, address in (
                (kClient, own, topology.kRelayAddress, kTunnelClient),
                ("relay", topology.kRelayAddress, place.outer_address, kTunnelRelay)):
            self.net[node].ip_batch([
                f"link add tunnel type vxlan id 7 local {local} remote {remote} dstport 4789 "
                f"dev {nat.kWan}", f"link set tunnel mtu {kInnerMtu} up",
                f"address add {address}/64 dev tunnel"])
        self.client.ip("route", "add", "default", "via", kTunnelRelay, "dev", "tunnel")
        self._answer_to_the_relay()


class CeilingPath(Path):
    """From tun to tun without any network between: what a tunnel in user space can't surpass."""

    def _set_up(self):
        for node, address in ((kClient, kTunnelClient), ("relay", kTunnelRelay)):
            self.net[node].ip_batch([
                "tuntap add dev tunnel mode tun vnet_hdr",
                f"link set tunnel mtu {kInnerMtu} txqueuelen {kQueueLength} up",
                f"address add {address}/64 dev tunnel"])
        process = subprocess.Popen(
            [program(kCeilingProgram), self.client.path, "tunnel", self.net["relay"].path, "tunnel"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        Run.current().started(process)
        if process.stdout.readline() != "ready\n":
            raise LabError("tun_ceiling does not run")
        self._pids = {"process": lambda: [process.pid]}
        self.client.ip("-6", "route", "add", "default", "dev", "tunnel")
        self._answer_to_the_relay()


class DaemonPath(Path):
    """Daemons of one kind at both ends, and as server."""

    def _set_up(self):
        started = {}
        for role, node in (("server", "server"), ("relay", "relay"), ("client", kClient)):
            started[role] = daemon.Daemon(self.net[node], role, self.kind).start()
            address = started[role].wait_ready()
        self.client_address = str(address)
        # Hooks of the old one, and brokers that have nothing to do, end by themselves.
        self._pids = {role: lambda one=started[role]: [process.pid for process in one.processes()]
                      for role in ("client", "relay")}


def make(kind, client_nat):
    """The way of this kind, one of kPaths; behind a NAT if client_nat is one."""
    if kind == kVxlan and client_nat != nat.kPublic:
        client_nat = nat.kFullCone
    special = {kRaw: RawPath, kVxlan: VxlanPath, kCeiling: CeilingPath}
    return special.get(kind, DaemonPath)(kind, client_nat)
