# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""What tests/bench/run does with its figures: the table, files, README, and the comparison."""

import json
import pathlib

from bench import chart, compare, figures, table, wire
from lab import daemon

_kHere = pathlib.Path(__file__).resolve().parent
kBaseline = _kHere / "baseline.json"
kChart = _kHere / "throughput.svg"
kReadme = _kHere.parents[1] / "README.md"
_kBuildOptions = ("buildtype", "optimization", "b_sanitize")


def add_arguments(parser):
    parser.add_argument("--json", metavar="FILE", help="writes every sample there, too")
    parser.add_argument("--svg", metavar="FILE", help="writes a bar chart")
    parser.add_argument("--markdown", action="store_true", help="prints the table as README has it")
    parser.add_argument("--compare", metavar="FILE", nargs="?", const=str(kBaseline),
                        help="with the figures of another run, default: tests/bench/baseline.json; "
                             "exit status 1 if anything has become worse")
    parser.add_argument("--record", action="store_true",
                        help="makes this run the baseline, and the one that README shows")
    parser.add_argument("--from", dest="source", metavar="FILE",
                        help="measures nothing, but takes the figures that --json has written")


def problem(options):
    """Why what the options ask for can't be done in the end, before anything is measured, or None."""
    if options.compare and not pathlib.Path(options.compare).exists():
        return f"nothing to compare with: no {options.compare}"
    if options.record:
        try:
            table.replaced(kReadme.read_text(), "")
        except ValueError as error:
            return f"{kReadme}: {error}"
    return None


def build_kind():
    """How the programs that are measured were built."""
    path = daemon.build_directory() / "meson-info/intro-buildoptions.json"
    chosen = {option["name"]: option["value"] for option in json.loads(path.read_text())}
    return " ".join(f"{name}={chosen[name]}" for name in _kBuildOptions)


def source(where):
    """One line for whoever only sees the figures."""
    return ("{date}, {processor}, {cpus} CPUs, Linux {kernel}; median (least..greatest) of {rounds} "
            "rounds of {seconds:g} s, client {nat}").format(**where)


def _readme_figures(where, results):
    chart_path = kChart.relative_to(kReadme.parent)
    return f"![throughput and cost of each path]({chart_path})\n\n" \
           f"{source(where)}.\n\n{table.markdown(results)}"


def _write_chart(path, where, results):
    shown = results.get(wire.kOffloads) or next(iter(results.values()))
    pathlib.Path(path).write_text(chart.svg(shown, source(where)))


def _record(where, results):
    # The page first: it may turn out to have no place for them.
    page = table.replaced(kReadme.read_text(), _readme_figures(where, results))
    figures.write_json(kBaseline, where, results)
    _write_chart(kChart, where, results)
    kReadme.write_text(page)


def load(path):
    """The surroundings and results that figures.write_json() has written."""
    read = json.loads(pathlib.Path(path).read_text())
    return read["surroundings"], read["results"]


def _compare(path, where, results):
    """Prints it; the exit status."""
    before_where, before = load(path)
    comparisons = [one for one in compare.compare(table.all_ratios(before), table.all_ratios(results))
                   if not table.is_detail(one.name)]
    print(f"\nBefore: {source(before_where)}\nNow:    {source(where)}")
    print(table.comparison(comparisons))
    worse = compare.regressions(comparisons)
    print(f"{len(comparisons)} compared, {len(worse)} worse")
    return 1 if worse else 0


def finish(options, where, results):
    """Prints and writes what the options ask for; the exit status."""
    print(figures.one_line(where))
    print(table.text(results))
    if options.markdown:
        print(f"\n{_readme_figures(where, results)}")
    if options.json:
        figures.write_json(options.json, where, results)
    if options.svg:
        _write_chart(options.svg, where, results)
    status = _compare(options.compare, where, results) if options.compare else 0
    if options.record:
        _record(where, results)
    return status
