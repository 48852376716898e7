"""A curve on logarithmic axes as SVG, by hand: a page of figures needs no plotting library."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIDTH, HEIGHT, MARGIN = 640, 360, 56


def curve(points: Mapping[int, float], title: str, across: str, up: str) -> str:
    """The points joined, each with its value, over a dashed line of slope one through the first."""
    xs, ys = [log10(x) for x in points], [log10(y) for y in points.values()]
    low, span_x = min(ys), xs[-1] - xs[0]
    span_y = max(*ys, ys[0] + span_x) - low

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            round(MARGIN + (x - xs[0]) / span_x * (WIDTH - 2 * MARGIN), 1),
            round(HEIGHT - MARGIN - (y - low) / span_y * (HEIGHT - 2 * MARGIN), 1),
        )

    dots = [place(x, y) for x, y in zip(xs, ys, strict=True)]
    straight = (place(xs[0], ys[0]), place(xs[-1], ys[0] + span_x))
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}><title>{title}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _line(straight, "#888", dashed=True),
        _line(dots, "#0b5cad"),
    ]
    for (x, y), (count, value) in zip(dots, points.items(), strict=True):
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="#0b5cad"/>')
        parts.append(f'<text x="{x}" y="{y - 10}" text-anchor="middle">{value:.3g} s</text>')
        parts.append(f'<text x="{x}" y="{HEIGHT - MARGIN + 20}" text-anchor="middle">{count:,}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">{across}</text>')
    parts.append(f'<text x="{MARGIN}" y="24">{up}; dashed: in proportion</text></svg>')
    return "\n".join(parts) + "\n"


def _line(points: Iterable[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
    joined = " ".join(f"{x},{y}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
