# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""Tells a regression from noise: ratios between paths of one run, beside those of another run.

Absolute figures say as much of the machine and its hour as of the software. Two paths that took
turns saw the same hour, so that their ratios, round by round, can be compared between runs.
"""

import dataclasses

from bench import figures

kRule = """A figure counts as changed only where the ranges of its samples, least to greatest, don't
overlap and its median has moved by more than 5 %. What is compared is the ratio to a peer in the same
round (ours to the old Miredo, ours to VXLAN), never a figure alone; below three rounds, nothing is.
With five rounds each, one ratio in 250 looks worse by chance: measure again before believing one."""

kSame, kNoise, kBetter, kWorse, kTooFew = "same", "noise", "better", "WORSE", "too few rounds"
kLeastMove = 0.05
kLeastSamples = 3
_kMoreIsBetter = ("Gbit/s", "kpps")


def more_is_better(name):
    """By the unit, which is behind the last comma."""
    return name.rpartition(", ")[2] in _kMoreIsBetter


def ratios(numerator, denominator):
    """{figure: summary of the rounds' ratios}; without figures that one lacks or that were 0."""
    found = {}
    for name in numerator:
        pairs = list(zip(numerator[name]["samples"], denominator.get(name, {}).get("samples", ())))
        if pairs and all(below for _, below in pairs):
            found[name] = figures.summary([above / below for above, below in pairs])
    return found


def verdict(name, before, after):
    """What the summaries of a ratio in two runs say about the figure of this name."""
    if min(len(before["samples"]), len(after["samples"])) < kLeastSamples:
        return kTooFew
    # A ratio is 0 where what it is about did not happen at all.
    if abs(after["median"] - before["median"]) <= kLeastMove * before["median"]:
        return kSame
    if after["least"] <= before["greatest"] and before["least"] <= after["greatest"]:
        return kNoise
    return kBetter if (after["median"] > before["median"]) == more_is_better(name) else kWorse


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One ratio in two runs."""
    section: str
    ratio: str
    name: str
    before: dict
    after: dict

    @property
    def verdict(self):
        return verdict(self.name, self.before, self.after)

    @property
    def change(self):
        """Of the median, in per cent; None where there was nothing before."""
        before = self.before["median"]
        return (self.after["median"] / before - 1) * 100 if before else None


def compare(before, after):
    """Comparisons of all ratios that both runs have: {section: {ratio: {figure: summary}}}."""
    return [Comparison(section, ratio, name, before[section][ratio][name], now)
            for section, of_section in after.items()
            for ratio, of_ratio in of_section.items()
            for name, now in of_ratio.items()
            if name in before.get(section, {}).get(ratio, {})]


def regressions(comparisons):
    return [one for one in comparisons if one.verdict == kWorse]
