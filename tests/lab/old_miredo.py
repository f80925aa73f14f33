# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The old Miredo 1.2.6, from Debian's packages, unpacked and never installed.

Its paths are compiled in, so that it runs in a mount namespace of its own in which the unpacked
files lie over /usr and /etc. Nothing of it is seen or started outside.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess

from lab.mounts import MountNamespace
from lab.tools import LabError, run_tool

kPackages = ("miredo", "miredo-server", "libjudydebian1")
kVersion = "1.2.6"
_namespace = None


def cache_directory():
    """Where the packages are kept between runs: MIREDO_TEST_CACHE or the system's cache."""
    return pathlib.Path(os.environ.get("MIREDO_TEST_CACHE", "/var/cache/miredo-tests"))


def _download(directory):
    """Fetches the packages with apt, without installing anything."""
    if run_tool(["apt-cache", "show", *kPackages], check=False).returncode != 0:
        run_tool(["apt-get", "update", "-qq"], limit=300)
    # apt's own sandbox user can not write where we fetch to.
    done = subprocess.run(
        ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *kPackages],
        cwd=directory, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise LabError(f"the old Miredo can not be fetched: {done.stderr.strip()}")


def _unpack(target):
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "packages").mkdir(parents=True)
    _download(partial / "packages")
    for package in sorted((partial / "packages").glob("*.deb")):
        name, _, version = package.name.partition("_")
        if name == "miredo" and not version.startswith(kVersion):
            raise LabError(f"the archive has {package.name}, not version {kVersion}")
        run_tool(["dpkg", "-x", package, partial / "root"])
    partial.rename(target)


def unpacked_root():
    """The directory with the unpacked packages; fetches them the first time."""
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / f"miredo-{kVersion}"
    with open(cache / "lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "root").is_dir():
            _unpack(target)
    return target / "root"


def _mounts():
    root = unpacked_root()
    mounts = [["-t", "overlay", "miredo", "-o", f"ro,lowerdir={root}/{d}:/{d}", f"/{d}"]
              for d in ("usr", "etc")]
    # It logs to stderr as well: the host's syslog is not ours to fill.
    syslog = pathlib.Path("/dev/log")
    if syslog.exists():
        mounts.append(["--bind", "/dev/null", syslog.resolve()])
    return mounts


def mount_namespace():
    """The path of the mount namespace in which /usr/sbin/miredo is the old one."""
    global _namespace
    if _namespace is None:
        _namespace = MountNamespace(_mounts())
    return _namespace.path
