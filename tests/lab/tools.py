# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Waiting for conditions and running tools; nothing in the lab sleeps for a fixed time."""

import subprocess
import time

kPollInterval = 0.004


class LabError(Exception):
    """Something of the lab itself failed: a tool, a limit, a missing program."""


def wait_until(condition, limit, what="condition"):
    """Returns the first true value of condition(); LabError after `limit` seconds without one."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise LabError(f"no {what} within {limit:g} s")
        time.sleep(kPollInterval)


def holds_for(condition, seconds):
    """True if condition() is true at every look during `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            return False
        time.sleep(kPollInterval)
    return True


def run_tool(arguments, text=None, check=True, limit=60):
    """Runs a program to its end, without a shell; `text` is its standard input."""
    done = subprocess.run(
        [str(a) for a in arguments], input=text, text=True, timeout=limit,
        stdin=subprocess.DEVNULL if text is None else None,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(map(str, arguments))}: exit {done.returncode}: "
                       f"{done.stderr.strip() or done.stdout.strip()}")
    return done
