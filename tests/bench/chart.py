# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""A bar chart as SVG: what each path carries both ways, and what its processes spend on it."""

from xml.sax.saxutils import escape

from bench import table

_kWidth, _kLabelWidth, _kBarWidth, _kGap = 880, 110, 225, 125
_kBar, _kRow, _kTop = 13, 40, 62
_kColours = {"up": "#3465a4", "down": "#73a0d6"}
_kNames = {"raw": "IPv6, no tunnel", "vxlan": "kernel VXLAN", "ceiling": "tun to tun",
           "ours": "miredo", "old": "Miredo 1.2.6"}
_kPanels = (("rate", "{}, Gbit/s", "Gbit/s, one TCP flow"),
            ("cost", "{}, processes, CPU-s/GB", "CPU-seconds per GB, client + relay"))


def _text(x, y, words, more=""):
    return f'<text x="{x:g}" y="{y:g}"{more}>{escape(words)}</text>'


def _bar(left, y, width, identifier, direction, summary):
    middle = y + _kBar - 3
    return [f'<rect id="{identifier}" x="{left:g}" y="{y:g}" width="{width:.2f}" height="{_kBar}"'
            f' fill="{_kColours[direction]}"/>',
            _text(left + width + 4, middle, table.cell(summary))]


def _panel(results, left, key, form, title):
    """The bars of one figure, all to the same scale."""
    names = {direction: form.format(direction) for direction in _kColours}
    shown = [figures[name]["median"] for figures in results.values()
             for name in names.values() if name in figures]
    parts = [_text(left, _kTop - 12, title, ' font-weight="bold"')]
    for row, (path, figures) in enumerate(results.items()):
        top = _kTop + row * _kRow
        for place, (direction, name) in enumerate(names.items()):
            if name in figures:
                width = figures[name]["median"] / max(shown) * _kBarWidth
                parts += _bar(left, top + place * (_kBar + 2), width, f"{path}-{direction}-{key}",
                              direction, figures[name])
        if not any(name in figures for name in names.values()):
            parts.append(_text(left, top + _kBar + 4, "in the kernel", ' fill="#777"'))
    return parts


def _legend():
    parts = []
    for place, (direction, colour) in enumerate(_kColours.items()):
        left = _kWidth - 110 + place * 50
        parts += [f'<rect x="{left}" y="13" width="10" height="10" fill="{colour}"/>',
                  _text(left + 14, 22, direction)]
    return parts


def svg(results, below):
    """The results {path: {figure: summary}} of one wire; `below` tells where they come from."""
    height = _kTop + len(results) * _kRow + 24
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_kWidth} {height}"'
             ' font-family="sans-serif" font-size="12" fill="#222">',
             f'<rect width="{_kWidth}" height="{height}" fill="#fff"/>',
             _text(12, 24, "Client to native host through the relay", ' font-size="15"'), *_legend()]
    for row, path in enumerate(results):
        parts.append(_text(12, _kTop + row * _kRow + _kBar + 4, _kNames.get(path, path)))
    for place, panel in enumerate(_kPanels):
        parts += _panel(results, 12 + _kLabelWidth + place * (_kBarWidth + _kGap + 40), *panel)
    parts += [_text(12, height - 10, below, ' fill="#777" font-size="11"'), "</svg>"]
    return "\n".join(parts) + "\n"
