#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Proves that the checkers fail where they should, and only there, on tests/lint/fixtures."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures"
HEAD = ("SPDX-License-Identifier: GPL-2.0-or-later\n", "SPDX-FileCopyrightText: The Miredo authors\n")


def run(tool, root):
    result = subprocess.run([sys.executable, HERE / tool, root], capture_output=True, text=True,
                            check=False)
    places = set(re.findall(r"^([^:\n]+:\d+): .", result.stdout, re.MULTILINE))
    return result, places


class Layering(unittest.TestCase):
    def test_reports_exactly_the_marked_lines(self):
        root = FIXTURES / "layering"
        marked = {f"{path.relative_to(root).as_posix()}:{number}"
                  for path in root.rglob("*.cpp")
                  for number, line in enumerate(path.read_text().splitlines(), 1)
                  if re.search(r"// FORBIDDEN\b", line)}
        self.assertGreater(len(marked), 20)
        result, places = run("layering", root)
        self.assertEqual(places, marked, result.stdout + result.stderr)
        self.assertEqual(result.returncode, 1)

    def test_names_what_is_allowed(self):
        result, _ = run("layering", FIXTURES / "layering")
        self.assertIn('io may not include "wire/ipv6.hpp"; io/no_protocol.cpp may include: io base\n',
                      result.stdout)

    def test_an_empty_tree_is_no_pass(self):
        with tempfile.TemporaryDirectory() as directory:
            result, _ = run("layering", directory)
            self.assertEqual(result.returncode, 1)


class Headers(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        (self.root / "src" / "wire").mkdir(parents=True)

    def write(self, name, text):
        (self.root / "src" / "wire" / name).write_text(text)

    def test_accepts_the_head(self):
        self.write("good.hpp", f"// {HEAD[0]}// {HEAD[1]}#pragma once\n")
        self.write("meson.build", f"# {HEAD[0]}# {HEAD[1]}")
        self.write("script", f"#!/bin/sh\n# {HEAD[0]}# {HEAD[1]}")
        self.write("data", "no program, no head\n")
        result, _ = run("headers", self.root)
        self.assertEqual((result.stdout, result.returncode), ("", 0))

    def test_refuses_a_missing_or_other_head(self):
        self.write("none.cpp", "int main() {}\n")
        self.write("other.cpp", f"// SPDX-License-Identifier: MIT\n// {HEAD[1]}")
        self.write("script", f"#!/bin/sh\n# {HEAD[1]}")
        self.write("empty.py", "")
        result, places = run("headers", self.root)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(places, {f"src/wire/{place}" for place in (
            "none.cpp:1", "none.cpp:2", "other.cpp:1", "script:2", "script:3", "empty.py:1",
            "empty.py:2")})

    def test_refuses_a_header_without_pragma_once(self):
        self.write("twice.hpp", f"// {HEAD[0]}// {HEAD[1]}#pragma once\n#pragma once\n")
        self.write("never.hpp", f"// {HEAD[0]}// {HEAD[1]}// #pragma once\n")
        result, places = run("headers", self.root)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(places, {"src/wire/twice.hpp:1", "src/wire/never.hpp:1"})


if __name__ == "__main__":
    unittest.main()
