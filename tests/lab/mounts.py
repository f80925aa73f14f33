# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Private mount namespaces: other files at the usual paths, for what is started inside only."""

import contextlib
import subprocess

from lab.tools import run_tool


class MountNamespace:
    """A mount namespace that lives until close(); what was started inside keeps it for itself."""

    def __init__(self, mounts):
        """`mounts` are argument lists of mount(8), carried out inside."""
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        # cat echoes once it runs, that is once it is in its own namespace.
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()
        self._process.stdout.read(1)
        self.path = f"/proc/{self._process.pid}/ns/mnt"
        try:
            for mount in mounts:
                run_tool(["nsenter", f"--mount={self.path}", "--", "mount", *mount])
        except BaseException:
            self.close()
            raise

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
