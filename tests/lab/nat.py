# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The NATs of the lab, by nftables, in the terms of RFC 4787 §4 and §5 and RFC 4380 §2.

One inside host per NAT. What nobody asked for dies in the *input* hook: there conntrack has not yet
confirmed it, so that it can not take the port of a mapping made later.
"""

kPublic = "public"
kFullCone = "full-cone"
kAddressRestricted = "address-restricted"
kPortRestricted = "port-restricted"
kSymmetric = "symmetric"
kKinds = (kPublic, kFullCone, kAddressRestricted, kPortRestricted, kSymmetric)

kWan = "wan"
kLan = "lan"


def ruleset(kind, inside):
    """The nftables text of a NAT of this kind for the inside host with that IPv4 address."""
    masquerade = "masquerade random,fully-random" if kind == kSymmetric else "masquerade"
    admitted = {
        kFullCone: f'iifname "{kWan}" meta l4proto udp dnat to {inside}',
        kAddressRestricted: f'iifname "{kWan}" meta l4proto udp ip saddr @contacted dnat to {inside}',
    }.get(kind, "")
    return f"""
table ip lab {{
  set contacted {{ type ipv4_addr; flags dynamic,timeout; timeout 5m; size 65536; }}
  chain outgoing {{
    type filter hook forward priority filter;
    iifname "{kLan}" oifname "{kWan}" update @contacted {{ ip daddr }}
  }}
  chain unsolicited {{
    type filter hook input priority filter;
    iifname "{kWan}" ct state new drop
  }}
  chain inbound {{
    type nat hook prerouting priority dstnat;
    {admitted}
  }}
  chain outbound {{
    type nat hook postrouting priority srcnat;
    oifname "{kWan}" ip saddr {inside} {masquerade}
  }}
}}
"""


def install(namespace, kind, inside):
    """Makes `namespace`, which routes between the devices wan and lan, a NAT of this kind."""
    namespace.run("nft", "-f", "-", text=ruleset(kind, inside))

