# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Watches the IPv6 addresses of a namespace over rtnetlink: what is there, and what came and went."""

import dataclasses
import ipaddress
import select
import socket
import struct
import threading
import time

kTeredoNetwork = ipaddress.ip_network("2001::/32")

_kNewAddress, _kDelAddress, _kGetAddress, _kDone, _kError = 20, 21, 22, 3, 2
_kRequestDump = 0x301
_kGroupIpv6Address = 0x100
_kHeader = struct.Struct("=IHHII")
_kAddressMessage = struct.Struct("=BBBBI")
_kAttribute = struct.Struct("=HH")
_kIfaAddress = 1
_kScopeGlobal = 0


@dataclasses.dataclass(frozen=True)
class Change:
    """One event: at which time.monotonic() a global IPv6 address appeared or vanished."""
    when: float
    added: bool
    address: ipaddress.IPv6Address
    device_index: int


def _align(length):
    return (length + 3) & ~3


def _messages(data):
    offset = 0
    while offset + _kHeader.size <= len(data):
        length, kind, *_ = _kHeader.unpack_from(data, offset)
        yield kind, data[offset + _kHeader.size:offset + length]
        offset += _align(length)


def _parse_address(body):
    """(address, device index) of a global IPv6 address, else None."""
    family, _prefix, _flags, scope, index = _kAddressMessage.unpack_from(body)
    if family != socket.AF_INET6 or scope != _kScopeGlobal:
        return None
    offset = _kAddressMessage.size
    while offset + _kAttribute.size <= len(body):
        length, kind = _kAttribute.unpack_from(body, offset)
        if kind == _kIfaAddress:
            value = body[offset + _kAttribute.size:offset + length]
            return ipaddress.IPv6Address(value), index
        offset += _align(length)
    return None


def _open(namespace, groups):
    with namespace.entered():
        netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    netlink.bind((0, groups))
    return netlink


def _dump(netlink):
    request = _kAddressMessage.pack(socket.AF_INET6, 0, 0, 0, 0)
    netlink.send(_kHeader.pack(_kHeader.size + len(request), _kGetAddress, _kRequestDump, 1, 0)
                 + request)
    found = []
    while True:
        for kind, body in _messages(netlink.recv(65536)):
            if kind in (_kDone, _kError):
                return found
            if kind == _kNewAddress and (parsed := _parse_address(body)):
                found.append(parsed)


def global_addresses(namespace):
    """The global IPv6 addresses inside, in the kernel's order."""
    with _open(namespace, 0) as netlink:
        return [address for address, _index in _dump(netlink)]


def teredo_address(namespace):
    """The Teredo address inside, or None."""
    return next((a for a in global_addresses(namespace) if a in kTeredoNetwork), None)


def mapped_endpoint(address):
    """The IPv4 address and port that a Teredo address embeds (RFC 4380 §4)."""
    value = int(address)
    return ipaddress.IPv4Address(~value & 0xFFFFFFFF), ~(value >> 32) & 0xFFFF


class AddressWatch:
    """Records every change of a namespace's global IPv6 addresses from its making to close()."""

    def __init__(self, namespace):
        self._netlink = _open(namespace, _kGroupIpv6Address)
        self.before = set(global_addresses(namespace))
        self.changes = []
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        self._closing = True
        self._thread.join()
        self._netlink.close()

    def wait_for(self, condition, limit):
        """The first recorded change for which condition(change) holds; None after `limit` s."""
        with self._changed:
            self._changed.wait_for(lambda: any(map(condition, self.changes)), limit)
            return next(filter(condition, self.changes), None)

    def most_at_once(self):
        """The greatest number of global addresses that were there at one time."""
        present, most = set(self.before), len(self.before)
        for change in list(self.changes):
            (present.add if change.added else present.discard)(change.address)
            most = max(most, len(present))
        return most

    def _watch(self):
        while not self._closing:
            if select.select([self._netlink], [], [], 0.05)[0]:
                self._record(self._netlink.recv(65536), time.monotonic())

    def _record(self, data, now):
        with self._changed:
            for kind, body in _messages(data):
                if kind in (_kNewAddress, _kDelAddress) and (parsed := _parse_address(body)):
                    self.changes.append(Change(now, kind == _kNewAddress, *parsed))
            self._changed.notify_all()
