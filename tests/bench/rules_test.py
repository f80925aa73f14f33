#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Proves that the benchmarks tell a regression from noise, and show what they have measured."""

import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from bench import chart, compare, figures, report, table  # noqa: E402  the path comes first

kRate = "up, Gbit/s"
kCost = "up, relay, CPU-s/GB"
kRun = {"plain wire": {
    "ours": {kRate: figures.summary([8.0, 10.0, 9.0]), kCost: figures.summary([1.0, 1.1, 0.9])},
    "old": {kRate: figures.summary([0.5, 0.5, 0.5]), kCost: figures.summary([16.0, 16.0, 18.0])},
    "vxlan": {kRate: figures.summary([10.0, 10.0, 12.0])},
}}


def verdict(before, after, name=kRate):
    return compare.verdict(name, figures.summary(before), figures.summary(after))


class Rule(unittest.TestCase):
    def test_apart_and_far_is_a_change(self):
        self.assertEqual(verdict([10, 11, 12], [8, 8.5, 9]), compare.kWorse)
        self.assertEqual(verdict([8, 8.5, 9], [10, 11, 12]), compare.kBetter)

    def test_the_unit_tells_which_way_is_better(self):
        for unit in ("CPU-s/GB", "us", "ms", "1/GB"):
            name = f"up, {unit}"
            self.assertEqual(verdict([10, 11, 12], [8, 8.5, 9], name), compare.kBetter, unit)
            self.assertEqual(verdict([8, 8.5, 9], [10, 11, 12], name), compare.kWorse, unit)
        self.assertEqual(verdict([8, 8.5, 9], [10, 11, 12], "64 bytes, up, kpps"), compare.kBetter)

    def test_ranges_that_overlap_are_noise_however_far_the_median_moved(self):
        self.assertEqual(verdict([9, 11, 12], [5, 6, 9]), compare.kNoise)
        self.assertEqual(verdict([9, 11, 12], [5, 6, 20]), compare.kNoise)
        self.assertEqual(verdict([9, 11, 12], [5, 6, 8.99]), compare.kWorse)

    def test_five_per_cent_are_the_same_even_where_no_sample_overlaps(self):
        self.assertEqual(verdict([100, 100, 100], [95, 95, 95]), compare.kSame)
        self.assertEqual(verdict([100, 100, 100], [94.9, 94.9, 94.9]), compare.kWorse)

    def test_two_rounds_say_nothing(self):
        self.assertEqual(verdict([10, 10], [1, 1, 1]), compare.kTooFew)

    def test_from_nothing_to_something(self):
        self.assertEqual(verdict([0, 0, 0], [0, 0, 0], "up, 1/GB"), compare.kSame)
        self.assertEqual(verdict([0, 0, 0], [1, 2, 3], "up, 1/GB"), compare.kWorse)


class Ratios(unittest.TestCase):
    def test_are_those_of_the_same_round(self):
        found = compare.ratios(kRun["plain wire"]["ours"], kRun["plain wire"]["old"])
        self.assertEqual(found[kRate]["samples"], [16.0, 20.0, 18.0])

    def test_leave_out_what_the_other_lacks_or_has_none_of(self):
        ours = {"a": figures.summary([1, 2]), "b": figures.summary([1, 2])}
        other = {"b": figures.summary([1, 0])}
        self.assertEqual(compare.ratios(ours, other), {})

    def test_a_machine_at_half_its_speed_changes_nothing(self):
        slow = {path: {name: figures.summary([sample / 2 for sample in one["samples"]])
                       for name, one in of_path.items()}
                for path, of_path in kRun["plain wire"].items()}
        self.assertEqual(table.all_ratios({"plain wire": slow}), table.all_ratios(kRun))


class Comparing(unittest.TestCase):
    def test_finds_the_one_that_is_worse(self):
        before = table.all_ratios(kRun)
        slower = {"plain wire": kRun["plain wire"] | {"ours": {
            kRate: figures.summary([5.0, 5.5, 6.0]), kCost: kRun["plain wire"]["ours"][kCost]}}}
        comparisons = compare.compare(before, table.all_ratios(slower))
        self.assertEqual({(one.ratio, one.name) for one in compare.regressions(comparisons)},
                         {("ours/old", kRate), ("ours/vxlan", kRate)})
        self.assertEqual(len(comparisons), 3)
        self.assertIn("WORSE", table.comparison(comparisons))

    def test_what_one_run_lacks_is_not_compared(self):
        self.assertEqual(compare.compare({}, table.all_ratios(kRun)), [])


class Shown(unittest.TestCase):
    def test_every_cell_has_median_and_spread(self):
        for text in (table.text(kRun), table.markdown(kRun)):
            self.assertIn("9.00 (8.00..10.0)", text)
            self.assertIn("18.0 (16.0..20.0)", text)
        self.assertIn(kCost, table.text(kRun))

    def test_the_readme_has_no_details(self):
        self.assertNotIn(kCost, table.markdown(kRun))

    def test_the_chart_is_well_formed_and_its_bars_are_as_long_as_the_medians(self):
        root = xml.etree.ElementTree.fromstring(chart.svg(kRun["plain wire"], "machine & date"))
        widths = {bar.get("id"): float(bar.get("width"))
                  for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.get("id")}
        self.assertAlmostEqual(widths["ours-up-rate"] / widths["old-up-rate"], 18.0, delta=0.2)

    def test_what_is_written_can_be_read_again(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "run.json"
            figures.write_json(path, {"load": [0.5, 1], "cpus": 2}, kRun)
            self.assertEqual(report.load(path), ({"load": [0.5, 1], "cpus": 2}, kRun))

    def test_the_readme_keeps_what_is_around_the_figures(self):
        readme = f"before\n{table.kBegin}\nold\n{table.kEnd}\nafter\n"
        self.assertEqual(table.replaced(readme, "new"),
                         f"before\n{table.kBegin}\nnew\n{table.kEnd}\nafter\n")
        with self.assertRaises(ValueError):
            table.replaced("no place for it", "new")


if __name__ == "__main__":
    unittest.main()
