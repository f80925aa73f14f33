# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Starts and stops daemons in the lab: ours and the old one differ by their program path alone."""

import dataclasses
import os
import pathlib
import signal
import subprocess
import time

from lab import old_miredo, topology
from lab.addresses import teredo_address
from lab.bus import kNoBus
from lab.netns import Run
from lab.tools import LabError, wait_until

kOurs = "ours"
kOld = "old"
kKinds = (kOurs, kOld)
kDevice = "teredo"
kServerPort = 3544

kProgram = {"client": "miredo", "relay": "miredo", "server": "miredo-server"}
kConfiguration = {
    "client": {"InterfaceName": kDevice, "ServerAddress": topology.kServerAddress},
    "relay": {"RelayType": "relay", "InterfaceName": kDevice},
    "server": {"ServerBindAddress": topology.kServerAddress},
}


def build_directory():
    default = pathlib.Path(__file__).resolve().parents[2] / "build"
    return pathlib.Path(os.environ.get("MIREDO_BUILD_DIR", default)).absolute()


def missing_program(kind):
    """Why daemons of this kind can not run here, or None."""
    if kind == kOurs and not (build_directory() / "src/miredo/miredo").exists():
        return f"no src/miredo/miredo in {build_directory()} (MIREDO_BUILD_DIR)"
    return None


@dataclasses.dataclass(frozen=True)
class Process:
    """What /proc/PID/status says about one process of a daemon."""
    pid: int
    status: dict

    @property
    def resident_kib(self):
        return int(self.status.get("VmRSS", "0").split()[0])


def _read_status(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


class Daemon:
    """One daemon on one node of a topology."""

    def __init__(self, namespace, role, kind, *, options=None, text=None, prefix=(), mounts=None,
                 bus=None):
        """`options` are further directives (None removes one), `text` a whole configuration instead
        (for what the classic form has no directive for), `prefix` wraps the command,
        `mounts` is the MountNamespace to run in (the old daemon has one of its own), and `bus` the
        Bus it shall be on."""
        self.namespace = namespace
        self.role = role
        self.kind = kind
        self.options = {k: v for k, v in (kConfiguration[role] | (options or {})).items()
                        if v is not None}
        self.text = text
        self.prefix = list(prefix)
        self.mounts = mounts
        self.bus = bus
        self.process = None
        self.started_at = None
        base = Run.current().directory / f"{namespace.name}-{Run.current().next_number()}-{role}"
        self.configuration_file = base.with_suffix(".conf")
        self.log_file = base.with_suffix(".log")
        self._pid_file = base.with_suffix(".pid")

    def command(self):
        enter = ["nsenter", f"--net={self.namespace.path}"]
        if self.kind == kOld:
            enter += [f"--mount={old_miredo.mount_namespace()}"]
            program = [f"/usr/sbin/{kProgram[self.role]}", "-u", "nobody", "-p", str(self._pid_file)]
        else:
            enter += [f"--mount={self.mounts.path}"] if self.mounts else []
            program = [str(build_directory() / "src/miredo" / kProgram[self.role])]
        return enter + ["--", *self.prefix, *program, "-f", "-c", str(self.configuration_file)]

    def write_configuration(self):
        self.configuration_file.write_text(
            self.text or "".join(f"{name} {value}\n" for name, value in self.options.items()))

    def start(self):
        """Starts the program; wait_ready() waits until it does its work."""
        if reason := missing_program(self.kind):
            raise LabError(f"{reason}: build first")
        self.write_configuration()
        command = self.command()
        with open(self.log_file, "ab") as log:
            self.started_at = time.monotonic()
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address if self.bus else kNoBus},
                process_group=0)  # not a session: the kernel would give each its own share of the CPUs
        Run.current().started(self.process)
        return self

    def wait_ready(self, limit=15):
        """A client has its address and default route, a relay its route, a server its sockets.

        Returns the address at which it is reached.
        """
        try:
            return wait_until(self._ready, limit, f"readiness of the {self.kind} {self.role}")
        except LabError as error:
            raise LabError(f"{error}\n{self.log_tail()}") from None

    def _ready(self):
        if not self.alive():
            raise LabError(f"the {self.kind} {self.role} ended with {self.exit_status()}")
        if self.role == "client":
            return self.has_default_route() and self.address()
        if self.role == "relay":
            return self._has_route("20010000" + "0" * 24, "20") and topology.kRelayAddress
        return len(self.udp_ports(kServerPort)) >= 2 and topology.kServerAddress

    def has_default_route(self):
        return self._has_route("0" * 32, "00")

    def _has_route(self, destination, length):
        """Whether the device has this route; both in the hexadecimal form of ipv6_route."""
        for line in self.namespace.read_proc_net("ipv6_route"):
            fields = line.split()
            if (fields[0], fields[1], fields[-1]) == (destination, length, kDevice):
                return True
        return False

    def udp_sockets(self):
        """The IPv4 UDP sockets in the namespace: a list of (port, kernel drops)."""
        fields = [line.split() for line in self.namespace.read_proc_net("udp")[1:]]
        return [(int(f[1].split(":")[1], 16), int(f[-1])) for f in fields]

    def udp_ports(self, wanted=None):
        return [port for port, _ in self.udp_sockets() if wanted in (None, port)]

    def address(self):
        return teredo_address(self.namespace)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def exit_status(self):
        """How the program ended: its exit status, or minus the signal's number."""
        return self.process.returncode

    def _processes_inside(self):
        """Everything that runs in the namespace."""
        found = []
        for pid in self.namespace.pids():
            try:
                found.append(Process(pid, _read_status(pid)))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    def processes(self):
        """The daemon's processes, its first one first."""
        found = self._processes_inside()
        ours = {self.process.pid}
        while True:
            more = {p.pid for p in found if int(p.status["PPid"]) in ours} | ours
            if more == ours:
                return [p for p in found if p.pid in ours]
            ours = more

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, limit=5):
        """SIGTERM and wait; the seconds it took, or LabError and SIGKILL after the limit."""
        if self.process is None:
            return 0.0
        begin = time.monotonic()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LabError(f"the {self.kind} {self.role} did not end within {limit} s "
                           f"of SIGTERM\n{self.log_tail()}") from None
        return time.monotonic() - begin

    def kill(self):
        for process in self.processes():
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(5)

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_tail(self, lines=25):
        tail = self.log().splitlines()[-lines:]
        return "\n".join(f"  [{self.kind} {self.role}] {line}" for line in tail)
