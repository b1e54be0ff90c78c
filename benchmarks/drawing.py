"""Curves of cost as an SVG that opens anywhere: both axes logarithmic, what was not measured dashed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import escape

__all__ = ["Curve", "draw"]

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 380, 300, 64, 36, 30, 52
# Told apart by people who see colours differently, and on paper by their marks.
COLOURS = ("#0072b2", "#d55e00")


class Curve(NamedTuple):
    """One line of a panel.

    Attributes:
        name: What the legend calls it.
        points: Size and cost, both positive, in order of size.
        measured: How many of the points were; the others are extrapolated.
    """

    name: str
    points: list[tuple[float, float]]
    measured: int


def draw(panels: Sequence[tuple[str, str, Sequence[Curve]]]) -> str:
    """Panels side by side, each of a horizontal and a vertical title and its curves."""
    width = WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" font-family="sans-serif"',
        ' font-size="12" fill="#222" role="img">',
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for place, panel in enumerate(panels):
        parts += [f'<g transform="translate({place * WIDTH} 0)">', *_panel(*panel), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(across: str, up: str, curves: Sequence[Curve]) -> list[str]:
    every = [point for curve in curves for point in curve.points]
    sizes, costs = sorted({size for size, _ in every}), [cost for _, cost in every]
    powers = range(math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs))) + 1)

    def at(size: float, cost: float) -> tuple[float, float]:
        share = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
        height = (math.log10(cost) - powers[0]) / max(powers[-1] - powers[0], 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - height * (HEIGHT - TOP - BOTTOM)

    parts = list[str]()
    for power in powers:
        x, y = at(sizes[0], 10.0**power)
        parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:,g}</text>')
    for size in sizes:
        x, y = at(size, 10.0 ** powers[0])
        parts.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{size:,g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">{escape(across)}</text>')
    upright = f"rotate(-90 14 {HEIGHT / 2})"
    parts.append(f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle" transform="{upright}">{escape(up)}</text>')
    for number, (curve, colour) in enumerate(zip(curves, COLOURS, strict=False)):
        places = [at(*point) for point in curve.points]
        for row, ((x1, y1), (x2, y2)) in enumerate(pairwise(places), start=1):
            dashes = "" if row < curve.measured else ' stroke-dasharray="5 4"'
            parts.append(
                f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
                f' stroke-width="2"{dashes}/>'
            )
        parts += [_mark(number, x, y, colour) for x, y in places[: curve.measured]]
        x = LEFT + number * 160
        parts += [_mark(number, x + 6, 18, colour), f'<text x="{x + 16}" y="22">{escape(curve.name)}</text>']
    return parts


def _mark(number: int, x: float, y: float, colour: str) -> str:
    if number == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" fill="{colour}"/>'
