# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""A syslog of the lab's own: /dev/log as what is started in its mount namespace sees it."""

import dataclasses
import re
import socket
import threading

from lab.mounts import MountNamespace
from lab.netns import Run

# All that a daemon needs of /dev. As binds: device nodes may not work below /run.
_kDevices = ("null", "net/tun")
# RFC 3164 as the C library writes it: <priority>time program[pid]: text.
_kLine = re.compile(r"<(\d+)>.{15} ([^\s:\[]+)\[(\d+)\]: (.*)", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Line:
    """One message; `facility` is the number of RFC 5424 §6.2.1."""
    facility: int
    level: int
    program: str
    pid: int
    text: str


class Syslog:
    """Takes every message from its making to close(); one of another form is an AttributeError."""

    def __init__(self):
        device = Run.current().directory / f"dev-{Run.current().next_number()}"
        (device / "net").mkdir(parents=True)
        for name in _kDevices:
            (device / name).touch()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(device / "log"))
        (device / "log").chmod(0o666)
        self._socket.settimeout(0.05)
        self._raw = []
        self._closing = False
        # Whoever logs waits when nobody reads.
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.mounts = MountNamespace([
            *(["--bind", f"/dev/{name}", str(device / name)] for name in _kDevices),
            ["--rbind", str(device), "/dev"]])

    def close(self):
        self.mounts.close()
        self._closing = True
        self._thread.join()
        self._socket.close()

    def _read(self):
        while not self._closing:
            try:
                self._raw.append(self._socket.recv(65536))
            except TimeoutError:
                continue

    def lines(self):
        """What has been said up to now."""
        fields = (_kLine.fullmatch(raw.decode().rstrip("\0\n")).groups() for raw in list(self._raw))
        return [Line(*divmod(int(priority), 8), program, int(pid), text)
                for priority, program, pid, text in fields]
