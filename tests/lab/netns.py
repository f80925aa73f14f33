# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Network namespaces of one lab run: names, entering, and removal whatever happens.

Every run holds a lock file below /run/miredo-lab. Namespaces whose lock nobody holds belong to a
run that died: the next run removes them with the processes inside.
"""

import atexit
import contextlib
import ctypes
import fcntl
import os
import pathlib
import shutil
import signal
import threading

from lab.tools import LabError, run_tool, wait_until

kPrefix = "miredo-"
kRunRoot = pathlib.Path("/run/miredo-lab")
kNamespaceRoot = pathlib.Path("/run/netns")
#: Boots a systemd inside a namespace; what it makes has the run's id in its name.
kBox = pathlib.Path(__file__).resolve().parents[1] / "system/box"
kBoxPrefix = "miredo-box-"
kCloneNewNet = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _set_namespace(descriptor):
    if _libc.setns(descriptor, kCloneNewNet) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Namespace:
    """One network namespace, made by a Run."""

    def __init__(self, name):
        self.name = name
        self.path = kNamespaceRoot / name

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is inside: sockets made and /proc/thread-self/net read belong to it."""
        with open("/proc/thread-self/ns/net", "rb") as home, open(self.path, "rb") as target:
            _set_namespace(target.fileno())
            try:
                yield self
            finally:
                _set_namespace(home.fileno())

    def command(self, *arguments):
        """The argument list that runs a program inside; nsenter replaces itself by it."""
        return ["nsenter", f"--net={self.path}", "--", *map(str, arguments)]

    def run(self, *arguments, **options):
        return run_tool(self.command(*arguments), **options)

    def ip(self, *arguments, **options):
        return run_tool(["ip", "-n", self.name, *arguments], **options)

    def ip_batch(self, lines):
        if lines:
            run_tool(["ip", "-n", self.name, "-batch", "-"], text="\n".join(lines) + "\n")

    def read_proc_net(self, name):
        """The lines of /proc/net/NAME as seen inside."""
        with self.entered():
            return pathlib.Path("/proc/thread-self/net", name).read_text().splitlines()

    def write_sysctls(self, values):
        """Sets net.* keys, written with slashes below /proc/sys/net."""
        with self.entered():
            for key, value in values.items():
                pathlib.Path("/proc/sys/net", key).write_text(str(value))

    def pids(self):
        """All processes inside."""
        inode = os.stat(self.path).st_ino
        return [pid for pid in _all_pids() if _network_inode(pid) == inode]


def _all_pids():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _network_inode(pid):
    try:
        return os.stat(f"/proc/{pid}/ns/net").st_ino
    except OSError:
        return None


def _kill_inside(names):
    """Ends what still runs in the named namespaces and waits until it is gone."""
    namespaces = [Namespace(name) for name in names]

    def kill_some():
        pids = [pid for namespace in namespaces for pid in namespace.pids()]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not pids

    with contextlib.suppress(LabError):
        wait_until(kill_some, 5, "end of the processes in the namespaces")


def remove_namespaces(names):
    """Kills what runs inside and removes the namespaces; a name already gone is no error."""
    names = [name for name in names if (kNamespaceRoot / name).exists()]
    if names:
        _kill_inside(names)
        run_tool(["ip", "-force", "-batch", "-"], check=False,
                 text="".join(f"netns del {name}\n" for name in names))


def namespaces_of(run_id):
    if not kNamespaceRoot.is_dir():
        return []
    return sorted(path.name for path in kNamespaceRoot.iterdir()
                  if path.name.startswith(f"{kPrefix}{run_id}-"))


def remove_run(run_id):
    """Removes everything of a run, alive or dead, of this or another process."""
    for left in pathlib.Path("/tmp").glob(f"{kBoxPrefix}{run_id}-*"):
        run_tool([kBox, "down", left.name.removeprefix(kBoxPrefix)], check=False)
    remove_namespaces(namespaces_of(run_id))
    shutil.rmtree(kRunRoot / run_id, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        (kRunRoot / f"{run_id}.lock").unlink()


def kept_runs():
    """The runs that were left up on purpose."""
    return sorted(path.stem for path in kRunRoot.glob("*.lock")
                  if (kRunRoot / path.stem / "keep").exists())


def remove_leftovers():
    """Removes the runs whose process is dead, but not those left up on purpose."""
    for path in kRunRoot.glob("*.lock"):
        if (kRunRoot / path.stem / "keep").exists():
            continue
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            remove_run(path.stem)


class Run:
    """What one process made in the lab. Use `Run.current()`: there is one per process."""

    _current = None

    @classmethod
    def current(cls):
        if cls._current is None:
            cls._current = Run()
        return cls._current

    def __init__(self):
        if os.geteuid() != 0:
            raise LabError("the lab makes network namespaces and devices: run it as root")
        kRunRoot.mkdir(mode=0o755, exist_ok=True)
        remove_leftovers()
        self.id = f"{os.getpid():x}"
        while self.id in kept_runs():
            self.id += "x"
        remove_run(self.id)
        self.directory = kRunRoot / self.id
        self._lock = open(kRunRoot / f"{self.id}.lock", "wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.directory.mkdir(mode=0o755)
        self._counter = 0
        self._mutex = threading.Lock()
        self._started = []
        self._kept = False
        atexit.register(self.remove)
        # SIGINT too: a shell that starts this in the background makes it ignored.
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, _interrupt)

    def next_number(self):
        with self._mutex:
            self._counter += 1
            return self._counter

    def make_namespaces(self, roles):
        """Makes one namespace per role, in one go: {role: Namespace}."""
        number = self.next_number()
        made = {role: Namespace(f"{kPrefix}{self.id}-{number}-{role}") for role in roles}
        run_tool(["ip", "-batch", "-"],
                 text="".join(f"netns add {ns.name}\n" for ns in made.values()))
        return made

    def started(self, process):
        """Notes a subprocess that has to end with the run, wherever it has got to by then."""
        self._started = [p for p in self._started if p.poll() is None] + [process]

    def keep(self):
        """Leaves namespaces and processes up when this process ends."""
        (self.directory / "keep").touch()
        self._kept = True

    def remove(self):
        if self._kept:
            return
        for process in self._started:
            if process.poll() is None:
                process.kill()
        remove_run(self.id)


def _interrupt(number, _frame):
    raise KeyboardInterrupt(f"signal {number}")
