#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Proves that tests/lib/tally counts cases, and misses no failure."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TALLY = pathlib.Path(__file__).resolve().parents[1] / "lib" / "tally"
PASSED = '<testcase classname="A" name="Good" status="run" result="completed"/>'
FAILED = '<testcase classname="A" name="Bad" status="run"><failure message="no"/></testcase>'
SKIPPED = ('<testcase classname="A" name="Later" status="run" result="skipped">'
           '<skipped message="file.cpp:7&#x0A;needs root&#x0A;"/></testcase>')
DISABLED = '<testcase classname="A" name="DISABLED_Never" status="notrun" result="suppressed"/>'


class Tally(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.build = pathlib.Path(directory.name)
        (self.build / "meson-logs").mkdir()

    def add(self, name, result, report=None, stdout=""):
        with (self.build / "meson-logs" / "run.json").open("a") as log:
            log.write(json.dumps({"name": f"miredo:unit / {name}", "result": result,
                                  "returncode": 1, "stdout": stdout}) + "\n")
        if report is not None:
            (self.build / f"{name}.xml").write_text(
                f"<testsuites><testsuite>{report}</testsuite></testsuites>")

    def tally(self):
        done = subprocess.run([sys.executable, TALLY, self.build, "run"], capture_output=True,
                              text=True, check=True)
        counts, *notes = done.stdout.splitlines()
        return [int(count) for count in counts.split()], [note for note in notes if note]

    def test_a_program_counts_with_its_cases(self):
        self.add("one", "OK", PASSED * 3)
        self.add("two", "OK", PASSED * 2 + SKIPPED)
        self.assertEqual(self.tally(), ([5, 0, 1], ["skipped: A.Later: needs root"]))

    def test_a_failed_case_counts_once(self):
        self.add("one", "FAIL", PASSED + FAILED)
        self.assertEqual(self.tally(), ([1, 1, 0], ["failed: A.Bad"]))

    def test_a_sanitizer_at_the_end_of_a_good_program_is_a_failure(self):
        self.add("one", "FAIL", PASSED)
        self.assertEqual(self.tally(), ([1, 1, 0], ["failed: one: FAIL, exit status 1"]))

    def test_a_crash_or_a_timeout_leaves_no_report(self):
        self.add("one", "TIMEOUT")
        self.assertEqual(self.tally()[0], [0, 1, 0])

    def test_a_report_that_is_cut_short_is_a_failure(self):
        self.add("one", "FAIL", PASSED)
        (self.build / "one.xml").write_text("<testsuites>")
        self.assertEqual(self.tally()[0], [0, 1, 0])

    def test_a_disabled_case_is_not_silent(self):
        self.add("one", "OK", PASSED + DISABLED)
        self.assertEqual(self.tally()[0], [1, 0, 1])

    def test_other_tests_count_as_one(self):
        self.add("good", "OK")
        self.add("later", "SKIP", stdout="skipped: no clang-format\n")
        self.assertEqual(self.tally(), ([1, 0, 1], ["skipped: later: no clang-format"]))

    def test_nothing_is_no_success(self):
        self.assertEqual(self.tally()[0], [0, 1, 0])


if __name__ == "__main__":
    unittest.main()
