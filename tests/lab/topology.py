# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The one description of the lab's Internet, for tests, demo and benchmarks.

    server 45.10.1.2 .3 ──┐              ┌── relay 45.10.2.2 ──┐
    stranger 45.10.3.2  ──┤ core router  ├── client (public)   ├─ native LAN 2a00:1234::/64, host ::2
    NAT 45.10.16+n.2    ──┘              └── …                 │  (the server has its IPv6 there too)
      └─ client 192.168.1.2

The addresses look public and never leave the namespaces: none of these has a way out.
"""

import dataclasses
import pathlib

from lab import nat
from lab.netns import Run, remove_namespaces
from lab.tools import run_tool

kServerAddress = "45.10.1.2"
kServerAddress2 = "45.10.1.3"
kRelayAddress = "45.10.2.2"
kStrangerAddress = "45.10.3.2"
kHostAddress = "2a00:1234::2"
kRelayNativeAddress = "2a00:1234::1"
kServerNativeAddress = "2a00:1234::3"
kTeredoPrefix = "2001::/32"
kInsideAddress = "192.168.1.2"
kFirstClientNetwork = 16

kRouterSysctls = {"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1}
kCommonSysctls = {
    "ipv6/conf/default/accept_dad": 0, "ipv6/conf/all/accept_dad": 0,
    "ipv4/conf/all/rp_filter": 0, "ipv4/conf/default/rp_filter": 0,
    "ipv4/icmp_ratelimit": 0,
}
# The native LAN is a wire, also on a machine that shows netfilter what is bridged (br_netfilter).
kBridgeSysctls = {f"bridge/bridge-nf-call-{table}": 0
                  for table in ("arptables", "iptables", "ip6tables")}


@dataclasses.dataclass(frozen=True)
class Link:
    """A node's uplink to the core router: the node's addresses, the core has .1 of the /24."""
    node: str
    core_device: str
    addresses: tuple


kFixedLinks = (
    Link("server", "server", (kServerAddress, kServerAddress2)),
    Link("relay", "relay", (kRelayAddress,)),
    Link("stranger", "stranger", (kStrangerAddress,)),
)
kNativeLan = {"relay": kRelayNativeAddress, "server": kServerNativeAddress}


def _gateway(address):
    return address.rsplit(".", 1)[0] + ".1"


class Client:
    """A client's place: its namespace, and its NAT's unless it is public."""

    def __init__(self, name, kind, number):
        self.name = name
        self.kind = kind
        self.nat_node = None if kind == nat.kPublic else f"nat-{name}"
        self.network = f"45.10.{kFirstClientNetwork + number}"
        self.outer_address = f"{self.network}.2"
        self.core_device = f"client{number}"

    @property
    def link(self):
        return Link(self.nat_node or self.name, self.core_device, (self.outer_address,))


class Topology:
    """A private Internet with the given clients, {name: NAT kind}; nothing of ours runs in it yet."""

    def __init__(self, clients):
        self.clients = {name: Client(name, kind, number)
                        for number, (name, kind) in enumerate(clients.items())}
        nodes = ["core", "host", *(link.node for link in kFixedLinks), *self.clients]
        nodes += [client.nat_node for client in self.clients.values() if client.nat_node]
        self.nodes = Run.current().make_namespaces(nodes)
        self._links = [*kFixedLinks, *(client.link for client in self.clients.values())]
        self._write_sysctls()
        self._make_devices()
        self._configure()

    def __getitem__(self, node):
        return self.nodes[node]

    def uplink(self, node):
        """That of the node to the core router."""
        return next(link for link in self._links if link.node == node)

    def remove(self):
        remove_namespaces([namespace.name for namespace in self.nodes.values()])

    def _pair(self, node, device, peer, peer_device):
        return (f"link add {device} netns {self[node].name} type veth "
                f"peer name {peer_device} netns {self[peer].name}\n")

    def _write_sysctls(self):
        """Before there are devices: they take the default keys over when they are made."""
        routers = {"core", "relay", *(c.nat_node for c in self.clients.values() if c.nat_node)}
        for node, namespace in self.nodes.items():
            namespace.write_sysctls(kCommonSysctls | (kRouterSysctls if node in routers else {}))
        if pathlib.Path("/proc/sys/net/bridge").exists():
            self["host"].write_sysctls(kBridgeSysctls)

    def _make_devices(self):
        batch = [self._pair(link.node, nat.kWan, "core", link.core_device) for link in self._links]
        batch += [self._pair(node, "native", "host", node) for node in kNativeLan]
        batch += [self._pair(client.nat_node, nat.kLan, client.name, nat.kWan)
                  for client in self.clients.values() if client.nat_node]
        run_tool(["ip", "-batch", "-"], text="".join(batch))

    def _configure(self):
        lines = {node: ["link set lo up"] for node in self.nodes}
        for link in self._links:
            self._configure_link(lines, link)
        for node, address in kNativeLan.items():
            lines[node] += ["link set native up", f"address add {address}/64 dev native"]
        self._configure_host(lines["host"])
        for client in self.clients.values():
            if client.nat_node:
                self._configure_inside(lines, client)
        for node, batch in lines.items():
            self[node].ip_batch(batch)
        for client in self.clients.values():
            if client.nat_node:
                nat.install(self[client.nat_node], client.kind, kInsideAddress)

    @staticmethod
    def _configure_link(lines, link):
        gateway = _gateway(link.addresses[0])
        lines["core"] += [f"link set {link.core_device} up",
                          f"address add {gateway}/24 dev {link.core_device}"]
        lines[link.node] += [f"link set {nat.kWan} up"]
        lines[link.node] += [f"address add {a}/24 dev {nat.kWan}" for a in link.addresses]
        lines[link.node] += [f"route add default via {gateway}"]

    @staticmethod
    def _configure_host(lines):
        lines += ["link add lan type bridge", "link set lan up",
                  f"address add {kHostAddress}/64 dev lan"]
        for node in kNativeLan:
            lines += [f"link set {node} master lan", f"link set {node} up"]
        lines += [f"route add {kTeredoPrefix} via {kRelayNativeAddress}"]

    @staticmethod
    def _configure_inside(lines, client):
        gateway = _gateway(kInsideAddress)
        lines[client.nat_node] += [f"link set {nat.kLan} up",
                                   f"address add {gateway}/24 dev {nat.kLan}"]
        lines[client.name] += [f"link set {nat.kWan} up",
                               f"address add {kInsideAddress}/24 dev {nat.kWan}",
                               f"route add default via {gateway}"]

    def rebind(self, name):
        """Gives the client's NAT another public address and returns it.

        Masquerading forgets the mappings of an address that is removed.
        """
        client = self.clients[name]
        old, new = client.outer_address, f"{client.network}.7"
        self[client.nat_node].ip_batch([
            f"address del {old}/24 dev {nat.kWan}",
            f"address add {new}/24 dev {nat.kWan}",
            f"route replace default via {_gateway(new)}"])
        client.outer_address = new
        return new
