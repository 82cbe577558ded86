"""Intervals and shares drawn into the pages themselves, so that style and darkness reach them.

What a drawing says stands beside it in words; drawings are hidden from those who cannot see them.
Nothing of a stranger's text goes in: only numbers do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from gmbench.leaderboard.site.view import Spread

WIDTH: Final = 104
HEIGHT: Final = 14
EDGE: Final = 5  # room for half a dot
STACK: Final = 120

# The figure that ranks to the values at the ends of its axis.
SCALES: Final[Mapping[str, tuple[float, float]]] = {"pursuit": (-0.25, 1.0), "share": (0.0, 1.0)}
BOTH_SIDES: Final = (-1.0, 1.0)


def interval(found: Spread, ranks: str, kind: str = "score") -> Markup:
    """A dot on a line as long as the interval, over an axis with a mark at 0.

    Args:
        found: the figure.
        ranks: its name, which says how far the axis goes.
        kind: class of the drawing, which colours it.
    """
    scale = SCALES.get(ranks, BOTH_SIDES)
    zero, at = _place(0.0, scale), _place(found.value, scale)
    line = ""
    if found.low is not None and found.high is not None:
        low, high = _place(found.low, scale), _place(found.high, scale)
        line = f'<path class="reach" d="M{low} 7H{high}"/>'
    return Markup(
        f'<svg class="bar {kind}" width="{WIDTH}" height="{HEIGHT}" aria-hidden="true">'
        f'<path class="axis" d="M{EDGE} 7H{WIDTH - EDGE}M{zero} 3v8"/>{line}'
        f'<circle cx="{at}" cy="7" r="4"/></svg>'
    )


def stack(shares: Mapping[str, float]) -> Markup:
    """A bar of shares one behind the other, each of its own class."""
    drawn, at = [], 0.0
    for name, share in shares.items():
        width = STACK * max(0.0, min(1.0, share))
        if width >= 0.5:
            drawn.append(
                f'<path class="{name}" d="M{_short(at)} 1h{_short(width)}v12H{_short(at)}z"/>'
            )
        at += width
    return Markup(
        f'<svg class="stack" width="{STACK}" height="{HEIGHT}" aria-hidden="true">'
        f"{''.join(drawn)}</svg>"
    )


def _place(value: float, scale: tuple[float, float]) -> str:
    low, high = scale
    share = (min(high, max(low, value)) - low) / (high - low)
    return _short(EDGE + share * (WIDTH - 2 * EDGE))


def _short(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
