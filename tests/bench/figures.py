# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What all benchmarks print: medians with (least..greatest), and where they were measured."""

import datetime
import json
import os
import pathlib
import statistics


def _processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
                os.uname().machine)


def surroundings(**more):
    """What the figures depend on besides the software."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "processor": _processor(), "cpus": os.cpu_count(), "kernel": os.uname().release,
        "load": [round(load, 2) for load in os.getloadavg()],
        "rmem_max": int(pathlib.Path("/proc/sys/net/core/rmem_max").read_text()),
    } | more


def one_line(values):
    return "  ".join(f"{key} {value}" for key, value in values.items())


def summary(samples):
    return {"median": statistics.median(samples), "least": min(samples),
            "greatest": max(samples), "samples": samples}


def cell(figure):
    return "{median:.2f} ({least:.2f}..{greatest:.2f})".format(**figure)


def write_json(path, where, results):
    pathlib.Path(path).write_text(
        json.dumps({"surroundings": where, "results": results}, indent=1) + "\n")
