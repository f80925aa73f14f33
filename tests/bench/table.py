# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""The one table of tests/bench/run: a section for each kind of wire, a column for each path.

Results are {section: {path: {figure: summary}}}.
"""

from bench import compare

#: What ours is held against, in the same round.
kRatios = (("ours", "old"), ("ours", "vxlan"))
#: Enclose what tests/bench/run writes into README.
kBegin, kEnd = "<!-- figures -->", "<!-- end of figures -->"


def all_ratios(results):
    """{section: {"ours/old": {figure: summary}}} of what the results have both sides of."""
    return {section: {f"{one}/{other}": compare.ratios(paths[one], paths[other])
                      for one, other in kRatios if one in paths and other in paths}
            for section, paths in results.items()}


def number(value):
    """Three digits are more than any of these figures is sure of."""
    if value >= 100 or value == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def cell(summary):
    if summary is None:
        return "-"
    return "{} ({}..{})".format(*(number(summary[key]) for key in ("median", "least", "greatest")))


def _figures_of(paths):
    """The names of all figures of a section, in the order in which most paths have them."""
    longest = max(paths.values(), key=len, default={})
    return list(dict.fromkeys([*longest, *(name for path in paths.values() for name in path)]))


def rows(results):
    """The head, and for each section its name and its rows; all of them lists of cells."""
    paths = list(dict.fromkeys(path for of_section in results.values() for path in of_section))
    ratios = all_ratios(results)
    named = list(dict.fromkeys(name for of_section in ratios.values() for name in of_section))
    sections = []
    for section, of_section in results.items():
        columns = [of_section.get(path, {}) for path in paths]
        columns += [ratios[section].get(name, {}) for name in named]
        sections.append((section, [[name, *(cell(column.get(name)) for column in columns)]
                                   for name in _figures_of(of_section)]))
    return paths + named, sections


def _aligned(lines):
    widths = [max(map(len, column)) for column in zip(*lines)]
    return ["  ".join(text.ljust(width) if index == 0 else text.rjust(width)
                      for index, (text, width) in enumerate(zip(line, widths))).rstrip()
            for line in lines]


def text(results):
    """Medians (least..greatest), for a terminal that is wide enough."""
    head, sections = rows(results)
    lines = [["", *head]]
    for section, of_section in sections:
        lines.append([section, *([""] * len(head))])
        lines += ([f"  {name}", *cells] for name, *cells in of_section)
    return "\n".join(_aligned(lines))


def is_detail(name):
    """Whether the figure is a part of another one, or says less than it."""
    return any(part in name for part in (", client, ", ", relay, ", ", machine, "))


def markdown(results):
    """The same table for README, without the details."""
    head, sections = rows(results)
    lines = ["| | " + " | ".join(head) + " |", "| --- |" + " ---: |" * len(head)]
    for section, of_section in sections:
        lines.append(f"| **{section}** |" + " |" * len(head))
        lines += ["| " + " | ".join(row) + " |" for row in of_section if not is_detail(row[0])]
    return "\n".join(lines)


def comparison(comparisons):
    """Each ratio in the run before and in this one, and what is to be thought of it."""
    lines = [["", "ratio", "before", "now", "change", ""]]
    for one in comparisons:
        change = "" if one.change is None else f"{one.change:+.1f} %"
        lines.append([f"{one.section}: {one.name}", one.ratio, cell(one.before), cell(one.after),
                      change, one.verdict])
    return "\n".join(_aligned(lines))


def replaced(page, figures):
    """The page with these figures instead of those it has; ValueError where it has no place."""
    before, begin, rest = page.partition(f"{kBegin}\n")
    _old, end, after = rest.partition(f"{kEnd}\n")
    if not begin or not end:
        raise ValueError(f"no {kBegin} … {kEnd}")
    return f"{before}{begin}{figures}\n{end}{after}"
