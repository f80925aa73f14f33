# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What comes out at the end of a path."""

import json


class Counter:
    """Counts and drops what arrives at a device for a UDP port, before the kernel does more with it:
    what comes behind the one that is measured costs little, and no process has to keep up with it."""

    def __init__(self, namespace, device, port, headers, size):
        """`size` is that of each packet's UDP payload, `headers` what is in front of it."""
        self._namespace = namespace
        self._headers, self._size = headers, size
        namespace.run("nft", "-f", "-", text=f"""
table netdev bench {{
  counter arrived {{ }}
  chain arriving {{
    type filter hook ingress device "{device}" priority filter;
    udp dport {port} counter name arrived drop
  }}
}}
""")

    def count(self):
        """The packets so far. Several in one have headers once, and nftables takes them for one."""
        listed = self._namespace.run("nft", "-j", "list", "counter", "netdev", "bench", "arrived")
        seen = next(entry["counter"] for entry in json.loads(listed.stdout)["nftables"]
                    if "counter" in entry)
        return (seen["bytes"] - seen["packets"] * self._headers) // self._size
