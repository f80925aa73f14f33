# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The daemon as a service: a booted systemd on a node of the lab, with the units as installed."""

import pathlib
import time

from lab import topology
from lab.daemon import Daemon, build_directory, kDevice
from lab.netns import Run, kBox, kBoxPrefix
from lab.tools import LabError, run_tool

_kSection = {"client": "Client", "relay": "Relay", "server": "Server"}
_kConfiguration = {
    "client": {"InterfaceName": kDevice, "Server": topology.kServerAddress},
    "relay": {"InterfaceName": kDevice},
    "server": {"Address": topology.kServerAddress},
}
_kUnits = ("miredo.service", "miredo-broker.service")
_kGoodEnd = {"NRestarts": "0", "Result": "success"}
# A server's raw socket and a relay's shards need capabilities that the broker does not have as shipped.
_kUseDropIn = """\
mkdir -p /etc/systemd/system/miredo-broker.service.d
cp /usr/local/share/doc/miredo/examples/miredo-broker-{}.conf /etc/systemd/system/miredo-broker.service.d/
"""


class ServiceDaemon(Daemon):
    """One role as miredo.service and miredo-broker.service, in a box (tests/system/box)."""

    def __init__(self, namespace, role, kind, *, options=None):
        super().__init__(namespace, role, kind)
        self.options = _kConfiguration[role] | (options or {})
        self._box = f"{Run.current().id}-{Run.current().next_number()}"
        self._kept_log = None

    def run(self, *command, check=True):
        """Runs a command on the booted system."""
        return run_tool([kBox, "x", self._box, *command], check=check)

    @property
    def bus_socket(self):
        """The path of the booted system's bus, as seen from outside."""
        leader = pathlib.Path(f"/tmp/{kBoxPrefix}{self._box}/leader").read_text().strip()
        return pathlib.Path(f"/proc/{leader}/root/run/dbus/system_bus_socket")

    def boot(self):
        """A system with everything installed and configured, but nothing of ours started."""
        run_tool([kBox, "up", self._box, build_directory(), self.namespace.name])
        lines = "".join(f"{key}={value}\n" for key, value in self.options.items())
        text = f"[{_kSection[self.role]}]\n{lines}"
        prepare = "systemd-sysusers\nmkdir -p /etc/miredo\n"
        if self.role == "server":
            prepare += _kUseDropIn.format("server")
        if self.role == "relay" and "Shards" in self.options:
            prepare += _kUseDropIn.format("shards")
        self.run("sh", "-ec", f"{prepare}systemctl daemon-reload")
        run_tool([kBox, "x", self._box, "tee", "/etc/miredo/miredo.conf"], text=text)
        return self

    def start(self):
        self.boot()
        self.started_at = time.monotonic()
        started = self.run("systemctl", "start", "miredo", check=False)
        if started.returncode != 0:
            raise LabError(f"{started.stderr}\n{self.log_tail()}")
        return self

    def show(self, unit, *properties):
        """{property: value} of a unit, as the booted systemd has them."""
        shown = self.run("systemctl", "show", unit, "--property", ",".join(properties), check=False)
        return dict(line.split("=", 1) for line in shown.stdout.splitlines())

    def alive(self):
        return self.run("systemctl", "is-active", "miredo", check=False).returncode == 0

    def exit_status(self):
        return self.show("miredo", "Result", "ExecMainStatus")

    def processes(self):
        """The main processes of both units, the packet process first."""
        return self.main_processes(*_kUnits)

    def main_processes(self, *units):
        """The units' main processes, as seen from outside."""
        inside = {process.status["NSpid"].split()[-1]: process
                  for process in self._processes_inside()}
        pids = [self.show(unit, "MainPID")["MainPID"] for unit in units]
        return [inside[pid] for pid in pids if pid in inside]

    def signal(self, number):
        self.run("systemctl", "kill", "--kill-whom=main", f"--signal={number}", "miredo")

    def stop(self, limit=20):
        """Stops the units, keeps what they said and takes the box away: the seconds of the first.

        LabError where the service had to be started again meanwhile or did not end well.
        """
        if self._kept_log is not None:
            return 0.0
        restarts = self.show("miredo", "NRestarts")
        begin = time.monotonic()
        self.run("systemctl", "stop", "miredo", "miredo-broker.socket", check=False)
        took = time.monotonic() - begin
        end = restarts | self.show("miredo", "Result")
        self._kept_log = self._journal()
        run_tool([kBox, "down", self._box], limit=limit)
        if end != _kGoodEnd:
            raise LabError(f"{self.role} as a service: {end}, not {_kGoodEnd}\n{self.log_tail()}")
        return took

    def kill(self):
        self.run("systemctl", "kill", "--signal=KILL", *_kUnits, check=False)

    def _journal(self):
        self.run("journalctl", "--sync", check=False)
        return self.run("journalctl", "-q", "--no-pager", "-o", "cat",
                        *(f"--unit={unit}" for unit in _kUnits), check=False).stdout

    def log(self):
        return self._journal() if self._kept_log is None else self._kept_log
