# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""As much of a D-Bus client as it takes to time calls of ListPeers: no process per call, nothing
unpacked. What is measured is the daemon and the bus."""

import dataclasses
import socket
import struct

from lab.tools import LabError

_kCall, _kReturn, _kError = 1, 2, 3
_kPath, _kInterface, _kMember, _kDestination, _kSignature = 1, 2, 3, 6, 8


def _pad(buffer, boundary):
    buffer += bytes(-len(buffer) % boundary)


def _field(fields, code, kind, text):
    """A header field: its code, and a variant of an `o`, `s` or `g`."""
    _pad(fields, 8)
    fields += bytes([code, 1]) + kind + b"\0"
    if kind == b"g":
        fields += bytes([len(text)])
    else:
        _pad(fields, 4)
        fields += struct.pack("<I", len(text))
    fields += text.encode() + b"\0"


def _message(serial, destination, path, member, signature, body):
    """`member` with its interface in front."""
    interface, _, name = member.rpartition(".")
    fields = bytearray()
    _field(fields, _kPath, b"o", path)
    _field(fields, _kInterface, b"s", interface)
    _field(fields, _kMember, b"s", name)
    _field(fields, _kDestination, b"s", destination)
    if signature:
        _field(fields, _kSignature, b"g", signature)
    head = bytearray(struct.pack("<cBBBIII", b"l", _kCall, 0, 1, len(body), serial, len(fields)))
    head += fields
    _pad(head, 8)
    return bytes(head + body)


@dataclasses.dataclass(frozen=True)
class Page:
    """What one call of ListPeers gave, by its size alone."""
    peers: int
    total: int
    size: int


class BusClient:
    """A connection to the bus at a socket's path, as root."""

    def __init__(self, path, limit=10):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(limit)
        self._socket.connect(str(path))
        # The user's number in decimal, each digit in hexadecimal.
        self._socket.sendall(b"\0AUTH EXTERNAL 30\r\n")
        answer = self._socket.recv(256)
        if not answer.startswith(b"OK "):
            raise LabError(f"the bus refused us: {answer}")
        self._socket.sendall(b"BEGIN\r\n")
        self._serial = 0
        self._call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Hello")

    def close(self):
        self._socket.close()

    def list_peers(self, instance, offset, limit):
        """A page of all peers of the instance of this name."""
        body = self._call("org.miredo.Miredo1", f"/org/miredo/Miredo1/instance/{instance}",
                          "org.miredo.Miredo1.Instance.ListPeers", "a{sv}tu",
                          struct.pack("<IIQI", 0, 0, offset, limit))
        return Page(body.count(b"\0Address\0"), *struct.unpack("<Q", body[-8:]), len(body))

    def _call(self, destination, path, member, signature="", body=b""):
        """Returns the answer's body; LabError for an error."""
        self._serial += 1
        self._socket.sendall(_message(self._serial, destination, path, member, signature, body))
        while True:
            kind, answer = self._receive()
            if kind == _kError:
                raise LabError(f"{member}: {answer}")
            if kind == _kReturn:
                return answer

    def _receive(self):
        kind, body_size, _serial, fields_size = struct.unpack("<xBxxIII", self._receive_exactly(16))
        fields_size += -fields_size % 8
        return kind, self._receive_exactly(fields_size + body_size)[fields_size:]

    def _receive_exactly(self, size):
        data = bytearray(size)
        view = memoryview(data)
        while view:
            taken = self._socket.recv_into(view)
            if taken == 0:
                raise LabError("the bus has closed the connection")
            view = view[taken:]
        return data
