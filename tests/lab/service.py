# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The daemon as a service: a booted systemd on a node of the lab, with the units as installed."""

import time

from lab import topology
from lab.daemon import Daemon, build_directory, kDevice
from lab.netns import Run, kBox
from lab.tools import LabError, run_tool

_kSection = {"client": "Client", "relay": "Relay", "server": "Server"}
_kConfiguration = {
    "client": {"InterfaceName": kDevice, "Server": topology.kServerAddress},
    "relay": {"InterfaceName": kDevice},
    "server": {"Address": topology.kServerAddress},
}
# The server's raw socket needs a capability that the broker does not have as shipped.
_kAllowRawSocket = """\
mkdir -p /etc/systemd/system/miredo-broker.service.d
cp /usr/local/share/doc/miredo/examples/miredo-broker-server.conf /etc/systemd/system/miredo-broker.service.d/
"""


class ServiceDaemon(Daemon):
    """One role as miredo.service and miredo-broker.service, in a box (tests/system/box)."""

    def __init__(self, namespace, role, kind, *, options=None):
        super().__init__(namespace, role, kind)
        self.options = _kConfiguration[role] | (options or {})
        self._box = f"{Run.current().id}-{Run.current().next_number()}"

    def run(self, *command, check=True):
        """Runs a command on the booted system."""
        return run_tool([kBox, "x", self._box, *command], check=check)

    def start(self):
        run_tool([kBox, "up", self._box, build_directory(), self.namespace.name])
        lines = "".join(f"{key}={value}\n" for key, value in self.options.items())
        text = f"[{_kSection[self.role]}]\n{lines}"
        prepare = "systemd-sysusers\nmkdir -p /etc/miredo\n"
        if self.role == "server":
            prepare += _kAllowRawSocket
        self.run("sh", "-ec", f"{prepare}systemctl daemon-reload")
        run_tool([kBox, "x", self._box, "tee", "/etc/miredo/miredo.conf"], text=text)
        self.started_at = time.monotonic()
        started = self.run("systemctl", "start", "miredo", check=False)
        if started.returncode != 0:
            raise LabError(f"{started.stderr}\n{self.log_tail()}")
        return self

    def alive(self):
        return self.run("systemctl", "is-active", "miredo", check=False).returncode == 0

    def stop(self, limit=20):
        begin = time.monotonic()
        self.run("systemctl", "stop", "miredo", "miredo-broker.socket", check=False)
        took = time.monotonic() - begin
        run_tool([kBox, "down", self._box], limit=limit)
        return took

    def log(self):
        return self.run("journalctl", "-q", "--no-pager", "-o", "cat", "-u", "miredo", "-u",
                        "miredo-broker", check=False).stdout
