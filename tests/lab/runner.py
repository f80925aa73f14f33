# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Runs the lab's tests: classes in processes of their own, side by side, heavy ones alone."""

import argparse
import fnmatch
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest

from lab import daemon

kDirectory = pathlib.Path(__file__).resolve().parent
kOutcomes = ("passed", "failed", "skipped")


def _shown(test):
    """What the test shows, and its name where it was written: a class may run it in another form."""
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    shown = (*getattr(type(test), "shows", ()), *getattr(method, "shows", ()))
    if not shown:
        return {}
    # What a loop has made is called by its class.
    where = method.__qualname__ if "<locals>" not in method.__qualname__ else type(test).__name__
    module = method.__module__.removeprefix("lab.lab_test_")
    return {"name": f"lab: {module}.{where}", "shows": shown}


class _Reporter(unittest.TestResult):
    """Writes one JSON line per test to the parent's pipe."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream
        self.started = time.monotonic()
        self._ended = set()

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def _say(self, test, outcome, text=""):
        self._ended.add(test.id())
        print(json.dumps({"test": test.id(), "outcome": outcome, "text": text,
                          "seconds": time.monotonic() - self.started, **_shown(test)}),
              file=self.stream, flush=True)

    def addSuccess(self, test):
        if test.id() not in self._ended:
            self._say(test, "passed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._say(test, "skipped", reason)

    def addFailure(self, test, err):
        self._say(test, "failed", self._exc_info_to_string(err, test))

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._say(test, "failed",
                      f"{subtest.id()}\n{self._exc_info_to_string(err, test)}")

    def addUnexpectedSuccess(self, test):
        self._say(test, "failed", "unexpected success")


def _load():
    """{class id: (class, [tests])}."""
    names = sorted(path.stem for path in kDirectory.glob("lab_test_*.py"))
    loader = unittest.TestLoader()
    found = {}
    for name in names:
        for suite in loader.loadTestsFromName(f"lab.{name}"):
            for test in suite:
                found.setdefault(f"{name}.{type(test).__name__}", (type(test), []))[1].append(test)
    if loader.errors:
        raise SystemExit("\n".join(loader.errors))
    return found


def _matches(test, patterns):
    return not patterns or any(fnmatch.fnmatchcase(test.id().lower(), f"*{p.lower()}*")
                               for p in patterns)


def _work(name, patterns):
    """The child's side: runs one class and reports on the descriptor that it was given."""
    _, tests = _load()[name]
    with os.fdopen(int(os.environ["MIREDO_LAB_REPORT"]), "w") as stream:
        try:
            unittest.TestSuite(t for t in tests if _matches(t, patterns)).run(_Reporter(stream))
        except KeyboardInterrupt:
            return 130
    return 0


class _Job:
    """One class in a process of its own."""

    def __init__(self, name, cls, tests, patterns):
        self.name, self.cls, self.tests, self.patterns = name, cls, tests, patterns
        self.results, self._lines = [], []
        self._process = None

    def run(self, collect):
        reading, writing = os.pipe()
        command = [sys.executable, str(kDirectory / "run"), "--worker", self.name,
                   *(f"--only={p}" for p in self.patterns)]
        self._process = subprocess.Popen(
            command, pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            env=os.environ | {"MIREDO_LAB_REPORT": str(writing)})
        os.close(writing)
        watchdog = threading.Timer(self.cls.limit, self.stop)
        watchdog.start()
        drain = threading.Thread(target=self._drain, daemon=True)
        drain.start()
        with os.fdopen(reading) as stream:
            for line in stream:
                self.results.append(json.loads(line))
                collect(self, self.results[-1])
        code = self._process.wait()
        # Something that outlived its test may hold the pipe open: not ours to wait for.
        drain.join(5)
        watchdog.cancel()
        self._account_for_the_rest(code, collect)

    def _drain(self):
        for line in self._process.stdout:
            self._lines.append(line)

    @property
    def output(self):
        """What the tests printed, such as the table of the NAT pairs."""
        return "".join(self._lines).strip()

    def _account_for_the_rest(self, code, collect):
        """A test that said nothing, say because its class was given up, has failed."""
        reported = {result["test"] for result in self.results}
        whole = any(not test.startswith("lab.") for test in reported)
        for test in self.tests:
            if test.id() not in reported and not (whole and code == 0):
                collect(self, {"test": test.id(), "outcome": "failed", "seconds": 0,
                               "text": f"no result: exit {code}, limit {self.cls.limit} s"})

    def stop(self):
        """Asks the child to clean up and end; kills it if it does not."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()


class _Report:
    """Prints results as they come and counts them; records what they show in a file."""

    def __init__(self, record=None):
        self.counts = dict.fromkeys(kOutcomes, 0)
        self._mutex = threading.Lock()
        self._record = record
        if record:
            record.write_text("")

    def _note(self, result):
        """For tests/conformance/report."""
        if self._record and "shows" in result:
            with self._record.open("a") as stream:
                print(json.dumps({"test": result["name"], "outcome": result["outcome"],
                                  "shows": result["shows"]}), file=stream)

    def __call__(self, job, result):
        name = result["test"].removeprefix("lab.lab_test_")
        number = 1
        if name.startswith("setUpClass"):
            number = len(job.tests) if result["outcome"] == "skipped" else 1
            name = job.name.removeprefix("lab_test_")
        with self._mutex:
            self.counts[result["outcome"]] += number
            self._note(result)
            line = f"{result['outcome']:8}{result['seconds']:6.1f} s  {name}"
            text = result["text"]
            print(line + (f": {text}" if result["outcome"] == "skipped" else ""), flush=True)
            if result["outcome"] == "failed":
                print(text, flush=True)

    def show_output(self, job):
        if job.output:
            with self._mutex:
                print(f"-- {job.name}\n{job.output}", flush=True)


def _run_side_by_side(jobs, number, report):
    waiting, mutex = list(jobs), threading.Lock()

    def take():
        while True:
            with mutex:
                if not waiting:
                    return
                job = waiting.pop(0)
            job.run(report)
            report.show_output(job)

    threads = [threading.Thread(target=take, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
    except KeyboardInterrupt:
        waiting.clear()
        for job in jobs:
            job.stop()
        raise


def _arguments():
    parser = argparse.ArgumentParser(prog="tests/lab/run", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the tests and stop")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN",
                        help="tests whose name has this in it (shell pattern); repeatable")
    parser.add_argument("--kind", choices=daemon.kKinds, help="default daemons: ours or the old one")
    parser.add_argument("--jobs", type=int, default=3, help="test classes side by side")
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE",
                        help="where to write what the tests show")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    arguments = _arguments()
    if arguments.kind:
        os.environ["MIREDO_LAB_KIND"] = arguments.kind
    if arguments.worker:
        return _work(arguments.worker, arguments.only)
    jobs = []
    for name, (cls, tests) in _load().items():
        tests = [test for test in tests if _matches(test, arguments.only)]
        if tests:
            jobs.append(_Job(name, cls, tests, arguments.only))
    if arguments.list:
        print("\n".join(test.id() for job in jobs for test in job.tests))
        return 0
    if os.geteuid() != 0:
        print("tests/lab/run makes network namespaces and devices: run it as root", file=sys.stderr)
        return 77
    report, begin = _Report(arguments.record), time.monotonic()
    # What waits longest starts first.
    beside = sorted((j for j in jobs if not j.cls.alone), key=lambda j: -j.cls.limit)
    try:
        _run_side_by_side(beside, max(1, arguments.jobs), report)
        _run_side_by_side([job for job in jobs if job.cls.alone], 1, report)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    print(f"lab took {time.monotonic() - begin:.0f} s")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**report.counts))
    return 1 if report.counts["failed"] or not any(report.counts.values()) else 0
