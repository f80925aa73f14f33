# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Processor time by the scheduler's own account, finer than the ticks of /proc/PID/stat."""

import pathlib


def threads(pid):
    """The directories of its threads, the first one's first."""
    return sorted(pathlib.Path(f"/proc/{pid}/task").iterdir(), key=lambda task: int(task.name))


def thread_seconds(thread):
    return int((thread / "schedstat").read_text().split()[0]) / 1e9


def process_seconds(pid):
    """What all its threads have run; 0 if it is gone."""
    try:
        return sum(map(thread_seconds, threads(pid)))
    except (FileNotFoundError, ProcessLookupError):
        return 0
