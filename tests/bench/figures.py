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


def _rounded(value):
    """No figure is sure of more than five digits; they would only make the file long."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _lines(value, depth):
    """JSON with a line for each summary."""
    if not isinstance(value, dict) or "samples" in value:
        return json.dumps(value)
    inner = ",\n".join(f"{' ' * (depth + 1)}{json.dumps(key)}: {_lines(of_key, depth + 1)}"
                       for key, of_key in value.items())
    return f"{{\n{inner}\n{' ' * depth}}}"


def write_json(path, where, results):
    written = _rounded({"surroundings": where, "results": results})
    pathlib.Path(path).write_text(_lines(written, 0) + "\n")
