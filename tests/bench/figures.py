# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What all benchmarks print: medians with (least..greatest), and where they were measured."""

import json
import os
import pathlib
import statistics


def surroundings(**more):
    """What the figures depend on besides the software."""
    return {
        "load": os.getloadavg(), "cpus": os.cpu_count(), "kernel": os.uname().release,
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
