#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Proves that tests/lint/man finds what is missing or malformed, and is content with what there is."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
READ = ("man", "dbus", "src/config", "src/ctl", "src/daemon/exit_code.hpp",
        "src/miredo/command_line.cpp", "conf/miredo.conf")
SKIPPED = 77


class ManualPages(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        for name in READ:
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
            copy(REPOSITORY / name, target)

    def run_lint(self):
        done = subprocess.run([sys.executable, HERE / "man", self.root], capture_output=True,
                              text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def change(self, name, old, new):
        path = self.root / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))

    def expect(self, finding):
        status, said = self.run_lint()
        self.assertEqual(status, 1, said)
        self.assertEqual(said.strip(), finding)

    def test_is_content_with_what_there_is(self):
        status, said = self.run_lint()
        self.assertIn(status, (0, SKIPPED), said)

    def test_a_new_key(self):
        self.change("src/config/keys.cpp", 'Key{"Server", assign_server, show_server},',
                    'Key{"Server", assign_server, show_server}, Key{"Servant", a, show_server},')
        self.expect("man/miredo.conf.5: [Client]: there is no entry for Servant=\n"
                    "conf/miredo.conf: [Client]: Servant= is missing")

    def test_a_key_of_another_section(self):
        self.change("src/config/keys.cpp", '"ServedPrefixes"', '"AdvertisedMtu"')
        self.expect("man/miredo.conf.5: [Relay]: there is no entry for AdvertisedMtu=\n"
                    "conf/miredo.conf: [Relay]: AdvertisedMtu= is missing")

    def test_a_key_without_effect(self):
        self.change("src/config/keys.cpp", '\n    Key{"MaxPeers", ', '\n    Key{"Naive", ')
        self.expect("man/miredo.conf.5: Naive= is missing")

    def test_a_classic_directive(self):
        self.change("src/config/classic_directives.hpp", '"CommandUp"', '"CommandOff"')
        self.expect("man/miredo.conf.5: CommandOff is missing")

    def test_a_new_member_is_listed_by_itself(self):
        self.change("dbus/org.miredo.Miredo1.Client.xml", "<signal",
                    '<property name="Mood" type="s" access="read"/>\n    <signal')
        status, said = self.run_lint()
        self.assertIn(status, (0, SKIPPED), said)

    def test_a_listing_that_has_nowhere_to_go(self):
        self.change("man/org.miredo.Miredo1.5.in", '.\\" listing ends\n', "")
        status, said = self.run_lint()
        self.assertEqual(status, 1)
        self.assertIn("listing ends", said)

    def test_a_dictionary_key_and_an_error(self):
        self.change("dbus/names.hpp", '"QueuedPackets"', '"QueuedBytes"')
        self.change("dbus/names.hpp", "Error.Busy", "Error.Lazy")
        self.expect("man/org.miredo.Miredo1.5.in: there is no entry for QueuedBytes\n"
                    "man/org.miredo.Miredo1.5.in: there is no entry for org.miredo.Miredo1.Error.Lazy")

    def test_exit_statuses(self):
        self.change("src/daemon/exit_code.hpp", "kUnavailable = 69", "kUnavailable = 70")
        self.change("src/ctl/outcome.hpp", "kTimeout = 6", "kTimeout = 9")
        self.expect("man/miredo.8: EXIT STATUS: there is no entry for 70\n"
                    "man/miredoctl.1: EXIT STATUS: there is no entry for 9")

    def test_verbs_and_options(self):
        self.change("src/ctl/help.cpp", "\n  reload  ", "\n  rewind  ")
        self.change("src/ctl/help.cpp", "--no-pager", "--no-paper")
        self.change("src/miredo/command_line.cpp", '{"pidfile"', '{"pitfall"')
        self.expect("man/miredo.8: -pitfall is missing\n"
                    "man/miredoctl.1: there is no entry for rewind\n"
                    "man/miredoctl.1: there is no entry for Fl -no-paper")

    def test_a_link_to_nothing(self):
        self.change("man/miredo-server.8", "miredo.8", "miredo.9")
        self.expect("man/miredo-server.8: there is no man/miredo.9")

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_malformed_roff(self):
        self.change("man/miredo.8", ".Sh FILES\n", ".Sh FILES\n.Bl -nothing\n")
        status, said = self.run_lint()
        self.assertEqual(status, 1)
        self.assertIn("man/miredo.8: mandoc:", said)


if __name__ == "__main__":
    unittest.main()
