#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Proves that tests/conformance/report counts what passed only, and misses no gap."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPORT = pathlib.Path(__file__).resolve().parent / "report"
STATEMENTS = """# A comment.
## Client
Q1 | M | Must be so | RFC 1 §1
Q2 | S | Should be so | RFC 1 §2
Q3 | M | Must be, but is not | RFC 1 §3 | declined: it hurts
Q4 | M | Must be half | RFC 1 §4 | declined in part: the other half hurts
## Later
I1 | M | Not yet | RFC 2 | later: the next version
"""


def case(name, *shows, failed=False, skipped=False, suite="A"):
    """A test case as GoogleTest reports it."""
    properties = "".join(f'<property name="shows:{number}" value="yes"/>' for number in shows)
    inside = ('<failure message="no"/>' * failed + '<skipped message="a.cpp:1"/>' * skipped +
              f"<properties>{properties}</properties>")
    return f'<testcase classname="{suite}" name="{name}" status="run">{inside}</testcase>'


class Report(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.build = pathlib.Path(directory.name)
        self.page = self.build / "PAGE.md"
        self.statements = self.build / "statements"
        self.statements.write_text(STATEMENTS)

    def run_report(self, cases, *options, other=()):
        (self.build / "one.xml").write_text(
            f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
        lab = self.build / "lab.shows"
        lab.write_text("".join(json.dumps(result) + "\n" for result in other))
        return subprocess.run(
            [sys.executable, REPORT, self.build, lab, "--statements", self.statements, *options],
            capture_output=True, text=True, check=False)

    def check(self, cases, other=()):
        """Writes the page, then checks it."""
        self.run_report(cases, "--write", self.page, other=other)
        return self.run_report(cases, "--check", self.page, other=other)

    whole = (case("One", "Q1"), case("Two", "Q2", "Q4"))

    def test_all_is_well(self):
        done = self.check(self.whole)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("MUST   1 passed, 0 failed, 2 declined, 1 later, 0 not shown", done.stdout)
        self.assertIn("SHOULD 1 passed, 0 failed, 0 declined, 0 later, 0 not shown", done.stdout)

    def test_the_page_has_every_statement_with_its_tests(self):
        self.check(self.whole)
        page = self.page.read_text()
        self.assertIn("| Q1 | MUST | Must be so | RFC 1 §1 | passed | `A.One` |", page)
        self.assertIn("| Q3 | MUST | Must be, but is not | RFC 1 §3 | declined | "
                      "declined: it hurts |", page)
        self.assertIn("| declined | declined in part: the other half hurts; `A.Two` |", page)
        self.assertIn("| I1 | MUST | Not yet | RFC 2 | later | later: the next version |", page)
        self.assertIn("| MUST | 1 | 0 | 2 | 1 | 0 | 4 |", page)
        self.assertIn("* Q3 is declined: it hurts.\n"
                      "* Q4 is declined in part: the other half hurts.\n"
                      "* I1 is later: the next version.\n", page)

    def test_a_page_that_is_not_what_the_tests_say_fails(self):
        self.run_report(self.whole, "--write", self.page)
        self.page.write_text(self.page.read_text().replace("| `A.One` |", "| `A.Won` |"))
        done = self.run_report(self.whole, "--check", self.page)
        self.assertEqual(done.returncode, 1)
        self.assertIn("PAGE.md:", done.stderr)
        self.page.unlink()
        self.assertEqual(self.run_report(self.whole, "--check", self.page).returncode, 1)

    def test_a_must_that_nobody_shows_fails(self):
        done = self.check([case("Two", "Q2", "Q4")])
        self.assertEqual(done.returncode, 1)
        self.assertIn("Q1 is a MUST that no test shows", done.stderr)

    def test_what_is_declined_in_part_has_another_part(self):
        done = self.check([case("One", "Q1", "Q2")])
        self.assertEqual(done.returncode, 1)
        self.assertIn("Q4 is a MUST that no test shows", done.stderr)

    def test_too_few_shoulds_fail(self):
        done = self.check([case("One", "Q1", "Q4")])
        self.assertEqual(done.returncode, 1)
        self.assertIn("0 of 1 SHOULDs are shown, less than 95 %; not: Q2", done.stderr)

    def test_one_failed_test_fails_its_statement(self):
        done = self.check([*self.whole, case("Bad", "Q1", failed=True)])
        self.assertEqual(done.returncode, 1)
        self.assertIn("Q1 failed: A.Bad", done.stderr)
        self.assertIn("MUST   0 passed, 1 failed", done.stdout)

    def test_one_failed_parameter_fails_its_test(self):
        cases = [case(f"One/{i}", "Q1", failed=i == 1, suite="Rows/A") for i in range(3)]
        done = self.check([*cases, case("Two", "Q2", "Q4")])
        self.assertIn("Q1 failed: A.One", done.stderr)

    def test_parameters_are_one_test(self):
        self.check([case(f"One/{i}", "Q1", suite="Rows/A") for i in range(3)])
        self.assertIn("| passed | `A.One` |", self.page.read_text())

    def test_an_unknown_number_fails(self):
        done = self.check([*self.whole, case("Three", "Q99")])
        self.assertEqual(done.returncode, 1)
        self.assertIn("A.Three shows Q99, which is no statement", done.stderr)

    def test_what_is_declined_can_not_be_shown(self):
        done = self.check([*self.whole, case("Three", "Q3")])
        self.assertEqual(done.returncode, 1)
        self.assertIn("A.Three shows Q3, which is declined", done.stderr)
        self.assertIn("2 declined", done.stdout)

    def test_a_skipped_test_leaves_the_check_open(self):
        self.run_report(self.whole, "--write", self.page)
        cases = [case("One", "Q1", skipped=True), case("Two", "Q2", "Q4")]
        done = self.run_report(cases, "--check", self.page)
        self.assertEqual(done.returncode, 77)
        self.assertIn("skipped: conformance: these tests did not run: A.One", done.stdout)

    def test_the_lab_counts_too(self):
        lab = {"test": "pairs.A.test_b", "outcome": "passed", "shows": ["Q1"]}
        done = self.check([case("Two", "Q2", "Q4")], other=[lab])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("`pairs.A.test_b`", self.page.read_text())
        done = self.check(self.whole, other=[lab | {"outcome": "failed"}])
        self.assertIn("Q1 failed: pairs.A.test_b", done.stderr)

    def test_a_report_that_is_cut_short_fails(self):
        self.run_report(self.whole)
        (self.build / "two.xml").write_text("<testsuites>")
        self.assertEqual(self.run_report(self.whole).returncode, 1)

    def test_statements_are_checked(self):
        for line in ("Q1 | M | There twice | RFC 1", "Q9 | X | Level | RFC 1", "Q9 | M | Source",
                     "Q9 | M | Text | RFC 1 | declined", "Q9 | M | Text | RFC 1 | maybe: reason"):
            with self.subTest(line=line):
                self.statements.write_text(f"{STATEMENTS}{line}\n")
                self.assertEqual(self.run_report(self.whole).returncode, 1)

    def test_the_real_statements_are_all_there(self):
        numbers = [line.split(" | ")[0]
                   for line in (REPORT.parent / "statements").read_text().splitlines()
                   if line and not line.startswith("#")]
        last = {"W": 33, "Q": 39, "C": 52, "R": 25, "S": 41, "E": 38, "I": 38, "D": 10,
                "T-A": 16, "T-B": 15, "T-C": 8, "T-D": 7}
        self.assertEqual(numbers, [f"{section}{number}" for section, most in last.items()
                                   for number in range(1, most + 1)])


if __name__ == "__main__":
    unittest.main()
