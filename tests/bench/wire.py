# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What the wire of a path can do: every network device between the client and the native host.

With offloads a veth passes super-packets whole, as a network card does that cuts and joins them
itself. A plain one gets every packet singly; the kernel cuts them before it and joins what it
receives at the ends, as it does behind a simple card.
"""

from lab import nat

kOffloads, kPlain = "wire with offloads", "plain wire"
kKinds = {"offloads": kOffloads, "plain": kPlain}

_kCutting = ("tso", "gso", "tx-udp-segmentation", "tx-udp_tnl-segmentation",
             "tx-udp_tnl-csum-segmentation")


class Wire:
    """The devices on the way from the topology's client of this name to its native host."""

    def __init__(self, net, client_name):
        client = net.clients[client_name]
        between = [("core", client.core_device), ("core", "relay")]
        if client.nat_node:
            between += [(client.nat_node, nat.kWan), (client.nat_node, nat.kLan)]
        ends = [(client_name, nat.kWan), ("relay", nat.kWan), ("relay", "native"),
                ("host", "relay")]
        self._devices = [(net[node], device, node_ends)
                         for node_ends, devices in ((False, between), (True, ends))
                         for node, device in devices]
        self._kind = kOffloads

    def become(self, kind):
        if kind == self._kind:
            return
        cutting = "on" if kind == kOffloads else "off"
        for namespace, device, is_end in self._devices:
            wanted = [word for feature in _kCutting for word in (feature, cutting)]
            if is_end:
                wanted += ["gro", "on" if kind == kPlain else "off"]
            namespace.run("ethtool", "-K", device, *wanted)
        self._kind = kind
