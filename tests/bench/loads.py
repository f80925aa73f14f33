# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What is sent along a path, and the figures of it: {name, with its unit behind a comma: value}."""

import json
import os
import pathlib
import statistics
import subprocess

from bench import load_generator as load
from bench.paths import program
from lab import topology, traffic
from lab.netns import Run
from lab.tools import LabError, wait_until

kProgram = "small_packets"
kUp, kDown = "up", "down"
kSinkPort = 4000
_kIperfPort = 5201
kPings, kPingInterval = 200, 0.005
_kTick = os.sysconf("SC_CLK_TCK")
# Of /proc/stat: user nice system idle iowait irq softirq.
_kBusy = (0, 1, 2, 5, 6)


def _machine_seconds():
    """What all processors have been busy, the kernel's work for nobody in particular included."""
    fields = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    return sum(int(fields[index]) for index in _kBusy) / _kTick


class Usage:
    """The processor time that passes between its making and spent()."""

    def __init__(self, path):
        self._path = path
        self._before, self._machine = path.cpu_seconds(), _machine_seconds()

    def spent(self):
        """Seconds by process, their sum as `processes` and the whole machine's as `machine`."""
        used = {name: after - self._before[name]
                for name, after in self._path.cpu_seconds().items()}
        machine = {"machine": _machine_seconds() - self._machine}
        # One alone is the sum.
        single = used if len(used) > 1 else {}
        return {**single, "processes": sum(used.values()), **machine} if used else machine


def serve(host):
    """Starts what waits on the native host for transfers."""
    process = subprocess.Popen(host.command("iperf3", "-s", "-B", topology.kHostAddress),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    Run.current().started(process)
    wait_until(lambda: any(line.split()[1].endswith(f":{_kIperfPort:04X}")
                           for line in host.read_proc_net("tcp6")[1:]), 5, "iperf3")


def transfer(path, direction, seconds):
    """One TCP flow for so long."""
    usage = Usage(path)
    done = path.client.run("iperf3", "-6", "-J", "-C", "cubic", "-t", seconds,
                           "-c", topology.kHostAddress, *(["-R"] if direction == kDown else []),
                           limit=seconds + 20)
    spent = usage.spent()
    end = json.loads(done.stdout)["end"]
    gigabytes = end["sum_received"]["bytes"] / 1e9
    figures = {f"{direction}, Gbit/s": end["sum_received"]["bits_per_second"] / 1e9}
    for name, used in spent.items():
        figures[f"{direction}, {name}, CPU-s/GB"] = used / gigabytes
    figures[f"{direction}, retransmits, 1/GB"] = end["sum_sent"].get("retransmits", 0) / gigabytes
    return figures


def small_packets(path, direction, seconds):
    """One flow of UDP datagrams with 64 bytes each, as many as the sender can."""
    target = path.host if direction == kUp else path.client
    sink = subprocess.Popen(target.command(program(kProgram), "count", kSinkPort),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    Run.current().started(sink)
    if sink.stdout.readline() != "ready\n":
        raise LabError("small_packets does not count")
    usage = Usage(path)
    if direction == kUp:
        path.client.run(program(kProgram), "send", topology.kHostAddress, kSinkPort, seconds,
                        limit=seconds + 20)
    else:
        # A sender with a socket would be slower than what is measured.
        load.run(path.host, "flow", source=topology.kHostAddress, host=path.client_address,
                 seconds=seconds, **load.way_down(path.net))
    came, took = sink.communicate(timeout=30)[0].split()
    spent = usage.spent()
    if int(came) == 0:
        raise LabError(f"{path.kind}: no packet has come {direction}")
    figures = {f"64 bytes, {direction}, kpps": int(came) / float(took) / 1000}
    for name, used in spent.items():
        if name != "machine":
            figures[f"64 bytes, {direction}, {name}, us"] = used / int(came) * 1e6
    return figures


def round_trip(path):
    """While nothing else goes that way."""
    answers = traffic.ping(path.client, topology.kHostAddress, count=kPings, interval=kPingInterval)
    if len(answers) < kPings * 0.9:
        raise LabError(f"{path.kind}: {len(answers)} of {kPings} pings answered")
    return {"round trip, ms": statistics.median(answers.values())}


def measure(path, seconds):
    """All figures of one round."""
    figures = transfer(path, kUp, seconds) | transfer(path, kDown, seconds)
    figures |= small_packets(path, kUp, seconds / 2) | small_packets(path, kDown, seconds / 2)
    return figures | round_trip(path)
