#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Proves that tests/conformance/check_pcap takes the published packets, and none with a fault."""

import ipaddress
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CHECKER = HERE / "check_pcap"
VECTORS = {name: bytes.fromhex(entry["hex"]) for name, entry in
           json.loads((HERE.parent / "unit/wire/vectors.json").read_text())["pkt"].items()}
SERVER, OTHER_SERVER = ("203.0.113.120", 3544), ("203.0.113.9", 3544)
CLIENT, PEER = ("198.51.100.118", 4095), ("192.0.2.45", 40000)
DISCOVERY = ("224.0.0.253", 3544)
ORIGIN = slice(0, 8)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def frame(source, destination, payload, *, ttl=64, flags=0, udp_error=0, ip_error=0):
    """An IPv4 packet with a UDP datagram."""
    addresses = (ipaddress.IPv4Address(source[0]).packed +
                 ipaddress.IPv4Address(destination[0]).packed)
    length = 8 + len(payload)
    udp = struct.pack("!HHHH", source[1], destination[1], length, 0) + payload
    udp_sum = checksum(addresses + struct.pack("!BBH", 0, 17, length) + udp) ^ udp_error
    udp = udp[:6] + struct.pack("!H", udp_sum) + udp[8:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, flags, ttl, 17, 0) + addresses
    ip_sum = checksum(header) ^ ip_error
    return header[:10] + struct.pack("!H", ip_sum) + header[12:] + udp


def capture(*frames, order="<", link=101):
    head = struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    return head + b"".join(struct.pack(order + "IIII", i, 0, len(one), len(one)) + one
                           for i, one in enumerate(frames))


def with_byte(data, offset, value):
    return data[:offset] + bytes([value]) + data[offset + 1:]


def icmpv6(packet, **changes):
    """`packet` with some bytes of its ICMPv6 message (at 40) changed and its checksum right."""
    message = bytearray(packet[40:])
    for offset, value in changes.items():
        message[int(offset[1:])] = value
    message[2:4] = bytes(2)
    pseudo_header = packet[8:40] + struct.pack("!IHBB", len(message), 0, 0, 58)
    message[2:4] = struct.pack("!H", checksum(pseudo_header + bytes(message)))
    return packet[:40] + bytes(message)


def authenticated(packet):
    return VECTORS["rs_auth"][:13] + packet


GOOD = {
    "solicitation": frame(CLIENT, SERVER, VECTORS["rs_auth"]),
    "secure solicitation": frame(CLIENT, SERVER, VECTORS["rs_secure"]),
    "advertisement": frame(SERVER, CLIENT, VECTORS["ra_full"]),
    "secure advertisement": frame(SERVER, CLIENT, VECTORS["ra_secure"]),
    "answer to a cone solicitation": frame(OTHER_SERVER, CLIENT, VECTORS["ra_full_cone"]),
    "direct bubble": frame(CLIENT, PEER, VECTORS["bubble"]),
    "indirect bubble": frame(CLIENT, SERVER, VECTORS["bubble"] + VECTORS["tr_nonce"]),
    "bubble with all trailers": frame(CLIENT, SERVER, VECTORS["bubble_trailers"]),
    "forwarded bubble": frame(SERVER, PEER, VECTORS["bubble_fwd"]),
    "discovery": frame(CLIENT, DISCOVERY, VECTORS["disc_bubble"], ttl=1),
    "connectivity test": frame(CLIENT, SERVER, VECTORS["echo_req"]),
    "its answer": frame(PEER, CLIENT, VECTORS["echo_rep"]),
    "without UDP checksum": with_byte(with_byte(
        frame(CLIENT, PEER, VECTORS["bubble"]), 26, 0), 27, 0),
}

RS, RA, BUBBLE, ECHO = (VECTORS[name] for name in ("rs_cone0", "ra_min", "bubble", "echo_req"))
RA_ORIGIN = VECTORS["ra_full"][13:21]
BAD = {
    "DF is set": frame(CLIENT, PEER, BUBBLE, flags=0x4000),
    "UDP checksum": frame(CLIENT, PEER, BUBBLE, udp_error=1),
    "IPv4 header checksum": frame(CLIENT, PEER, BUBBLE, ip_error=1),
    "TTL 0": frame(CLIENT, PEER, BUBBLE, ttl=0),
    "port 0": frame(CLIENT, (PEER[0], 0), BUBBLE),
    "not global unicast": frame(CLIENT, ("127.0.0.1", 4000), BUBBLE),
    # The grammar.
    "no IPv6 header": frame(CLIENT, PEER, BUBBLE[:39]),
    "no IPv6 header where": frame(CLIENT, PEER, with_byte(BUBBLE, 0, 0x45)),
    "beyond the datagram": frame(CLIENT, PEER, with_byte(BUBBLE, 5, 1)),
    "authentication cut off": frame(CLIENT, SERVER, b"\0\1\xff\xff" + BUBBLE),
    "origin cut off": frame(SERVER, CLIENT, b"\0\0\1"),
    "no IPv6 header where one": frame(SERVER, CLIENT, RA_ORIGIN + authenticated(RA)),
    # Who may send what.
    "an origin indication from who is no server": frame(CLIENT, PEER, RA_ORIGIN + BUBBLE),
    "authentication on what is neither": frame(CLIENT, PEER, authenticated(BUBBLE)),
    "cone bit in the source": frame(CLIENT, PEER, with_byte(BUBBLE, 16, 0x80)),
    "reserved bits in the source": frame(CLIENT, PEER, with_byte(BUBBLE, 16, 0x40)),
    "a source that nobody may have": frame(CLIENT, PEER, with_byte(BUBBLE, 8, 0xFF)),
    "trailers on what is no bubble": frame(PEER, CLIENT, VECTORS["echo_rep"] + VECTORS["tr_nonce"]),
    # Solicitations.
    "another port than 3544": frame(CLIENT, (SERVER[0], 3545), authenticated(RS)),
    "solicitation from a source": frame(
        CLIENT, SERVER, authenticated(icmpv6(with_byte(RS, 8, 0x20)))),
    "cone bit in a solicitation": frame(CLIENT, SERVER, authenticated(VECTORS["rs_cone1"])),
    "not to ff02::2": frame(CLIENT, SERVER, authenticated(icmpv6(with_byte(RS, 39, 1)))),
    "hop limit is not 255": frame(CLIENT, SERVER, authenticated(with_byte(RS, 7, 64))),
    "not the eight bytes": frame(CLIENT, SERVER, authenticated(icmpv6(RS, _5=1))),
    "ICMPv6 checksum": frame(CLIENT, SERVER, authenticated(with_byte(RS, 42, 0))),
    "solicitation without nonce": frame(CLIENT, SERVER, RS),
    "confirmation byte in a solicitation": frame(
        CLIENT, SERVER, with_byte(VECTORS["rs_auth"], 12, 1)),
    "origin in a solicitation": frame(
        CLIENT, SERVER, authenticated(RA_ORIGIN + RS)),
    # Advertisements.
    "advertisement from another port": frame((SERVER[0], 3545), CLIENT, VECTORS["ra_full"]),
    "origin is not where": frame(SERVER, PEER, VECTORS["ra_full"]),
    "origin is not where the": frame(SERVER, CLIENT, authenticated(RA)),
    "advertisement from a source": frame(SERVER, CLIENT,
                                         RA_ORIGIN + icmpv6(with_byte(RA, 8, 0x20))),
    "source without cone bit": frame(SERVER, CLIENT, RA_ORIGIN + icmpv6(with_byte(RA, 16, 0))),
    "advertisement to a destination": frame(SERVER, CLIENT,
                                            RA_ORIGIN + icmpv6(with_byte(RA, 24, 0x20))),
    "hop limit is not 255 (RFC 4861 §6.1.2)": frame(SERVER, CLIENT,
                                                    RA_ORIGIN + with_byte(RA, 7, 64)),
    "no header of an advertisement": frame(SERVER, CLIENT, RA_ORIGIN + icmpv6(RA, _1=1)),
    "option of no length": frame(SERVER, CLIENT, RA_ORIGIN + icmpv6(RA, _17=0)),
    "prefix is not": frame(SERVER, CLIENT, RA_ORIGIN + icmpv6(RA, _18=48)),
    "prefix is not 2001:0:server": frame(SERVER, CLIENT, RA_ORIGIN + icmpv6(RA, _36=1)),
    "MTU below 1280": frame(SERVER, CLIENT, RA_ORIGIN + icmpv6(RA, _54=4)),
    "0 prefix options": frame(SERVER, CLIENT, RA_ORIGIN + icmpv6(RA, _16=200)),
    # Bubbles.
    "to another server than the target's": frame(CLIENT, OTHER_SERVER,
                                                 BUBBLE + VECTORS["tr_nonce"]),
    "indirect bubble without nonce": frame(CLIENT, SERVER, BUBBLE),
    "another address than the embedded one": frame(SERVER, CLIENT, VECTORS["bubble_fwd"]),
    "bubble to a group": frame(CLIENT, PEER, VECTORS["disc_bubble"]),
    "trailer cut off": frame(CLIENT, PEER, BUBBLE + VECTORS["tr_nonce"][:-1]),
    "trailer of type 1": frame(CLIENT, PEER, BUBBLE + b"\1\3abc"),
    "trailer of type 2": frame(CLIENT, PEER, BUBBLE + b"\2\2ab"),
    "trailer of type 3": frame(CLIENT, PEER, BUBBLE + with_byte(VECTORS["tr_alt1"], 2, 1)),
    "trailer of type 4": frame(CLIENT, PEER, BUBBLE + with_byte(VECTORS["tr_nd_sol"], 5, 1)),
    "trailer of type 5": frame(CLIENT, PEER, BUBBLE + b"\5\2\0\0"),
    # Discovery.
    "TTL and hop limit": frame(CLIENT, DISCOVERY, VECTORS["disc_bubble"]),
    "goes to port 3544": frame(CLIENT, (DISCOVERY[0], 3545), VECTORS["disc_bubble"], ttl=1),
    "not a bubble and nothing else": frame(
        CLIENT, DISCOVERY, VECTORS["disc_bubble"] + VECTORS["tr_nonce"], ttl=1),
    "a source that is not of Teredo": frame(
        CLIENT, DISCOVERY, with_byte(VECTORS["disc_bubble"], 8, 0x2A), ttl=1),
    # Data.
    "neither bubble nor echo": frame(CLIENT, SERVER, with_byte(ECHO, 6, 17)),
    "ICMPv6 checksum through": frame(CLIENT, SERVER, with_byte(ECHO, 60, 0)),
    "a message about a link": frame(CLIENT, PEER, icmpv6(ECHO, _0=135)),
    "neither end is of Teredo": frame(CLIENT, PEER, icmpv6(with_byte(ECHO, 8, 0x2A))),
    "data to a group": frame(CLIENT, PEER, icmpv6(with_byte(ECHO, 24, 0xFF))),
}


class CheckPcap(unittest.TestCase):
    def check(self, data, *options):
        with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
            file.write(data)
            file.flush()
            return subprocess.run([sys.executable, CHECKER, file.name, *options],
                                  capture_output=True, text=True, check=False)

    def test_published_packets_are_right(self):
        done = self.check(capture(*GOOD.values()), "--laboratory")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout, f"{len(GOOD)} datagrams (3 advertisement, 5 bubble, 1 data, "
                         "1 discovery bubble, 2 solicitation, 1 through a server), 0 violations\n")

    def test_each_fault_is_found(self):
        done = self.check(capture(*BAD.values()), "--laboratory")
        self.assertEqual(done.returncode, 1)
        found = {}
        for line in done.stdout.splitlines()[:-1]:
            number, _, what = line.partition(" (")
            found.setdefault(int(number.removeprefix("frame ")), []).append(what)
        for number, name in enumerate(BAD, 1):
            with self.subTest(fault=name):
                wanted = name.removesuffix(" through")
                self.assertTrue(any(wanted in what for what in found.get(number, [])),
                                found.get(number))

    def test_documentation_addresses_are_for_laboratories(self):
        done = self.check(capture(GOOD["direct bubble"]))
        self.assertEqual(done.returncode, 1)
        self.assertIn("not global unicast", done.stdout)

    def test_one_sender_can_be_judged_alone(self):
        data = capture(GOOD["advertisement"], BAD["solicitation without nonce"])
        self.assertEqual(self.check(data, "--laboratory", "--only", SERVER[0]).returncode, 0)
        self.assertEqual(self.check(data, "--laboratory", "--only", CLIENT[0]).returncode, 1)

    def test_secure_qualification_is_judged_by_its_secret(self):
        secret = ("--laboratory", "--secret", "alice@example", "correct horse battery")
        good = capture(GOOD["secure solicitation"], GOOD["secure advertisement"])
        self.assertEqual(self.check(good, *secret).returncode, 0)
        plain = self.check(capture(GOOD["solicitation"]), *secret).stdout
        self.assertIn("another client identifier", plain)
        self.assertIn("authentication value", plain)
        self.assertIn("authentication value", self.check(good, *secret[:-1], "battery").stdout)
        self.assertIn("no authentication", self.check(
            capture(frame(SERVER, CLIENT, RA_ORIGIN + RA)), *secret).stdout)
        # Each part that the value covers: nonce, confirmation, origin.
        for offset in (4 + 13 + 20, 4 + 13 + 20 + 8, 46 + 3):
            spoilt = with_byte(VECTORS["ra_secure"], offset, 0x77)
            self.assertIn("authentication value", self.check(
                capture(frame(SERVER, CLIENT, spoilt)), *secret).stdout)

    def test_nothing_is_no_success(self):
        self.assertEqual(self.check(capture()).returncode, 1)
        self.assertEqual(self.check(b"").returncode, 1)

    def test_both_orders_of_bytes_are_read(self):
        for order in "<>":
            self.assertEqual(self.check(capture(GOOD["direct bubble"], order=order),
                                        "--laboratory").returncode, 0)

    def test_other_links_and_cut_frames_are_refused(self):
        self.assertIn("link type 1", self.check(capture(GOOD["direct bubble"], link=1)).stdout)
        self.assertIn("cut off", self.check(capture(GOOD["direct bubble"])[:-1]).stdout)


if __name__ == "__main__":
    unittest.main()
