"""record: what an agent reached first, with intervals, in every pair of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt

from gmbench.plots import look

NAME = "record"
VERSION = 0

OUTCOMES: Final = {**look.SHARES, "neither": ("test: neither", look.NEITHER)}
A_ROW: Final = 2  # pairs


def chart(result: Mapping[str, Any]) -> Any:
    """Bars of the outcomes' shares, a pair each, under the score that ranks."""
    parts = [_of_pair(pair) for pair in look.played(result)]
    rows = [look.beside(*parts[at : at + A_ROW]) for at in range(0, len(parts), A_ROW)]
    return look.framed(look.above(*rows), "What it reaches first", look.who(result))


def _of_pair(pair: Mapping[str, Any]) -> Any:
    figures = pair["metrics"]
    rows = [
        look.of_figure(figures[name], outcome=words)
        for name, (words, _) in OUTCOMES.items()
        if name in figures
    ]
    words, colours = zip(*OUTCOMES.values(), strict=True)
    base = alt.Chart(look.table(row for row in rows if row is not None)).encode(
        y=alt.Y("outcome:N", sort=list(words), axis=look.names_axis(110))
    )
    bars = base.mark_bar(height=16).encode(
        x=alt.X("value:Q", scale=alt.Scale(domain=[0, 1]), axis=look.share_axis()),
        color=alt.Color("outcome:N", scale=look.scale(words, colours), legend=None),
    )
    ends = base.mark_rule(strokeWidth=2, color=look.INK).encode(x="low:Q", x2="high:Q")
    drawn = alt.layer(bars, ends).properties(width=190, height=alt.Step(26))
    ranks = "pursuit" if pair["score"] == "goal_effect" else pair["score"]
    return look.headed(drawn, pair["pair"], f"{ranks} {look.interval(figures.get(ranks))}")
