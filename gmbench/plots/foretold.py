"""What a checkpoint foretells: how often final agents take a side, by what they took on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

import altair as alt

from gmbench.metrics.seeds import FEWEST_SEEDS
from gmbench.plots import look

WIDTH: Final = 258
HEIGHT: Final = 160
GIVEN: Final = {
    "goal_first": ("the goal first", look.GOAL),
    "proxy_first": ("the proxy first", look.PROXY),
    "neither": ("neither", look.OTHER),
    "whatever": ("whatever it was", look.INK),
}
DASHES: Final = ([1, 0], [1, 0], [6, 3], [2, 2])


def few(one: Mapping[str, Any]) -> bool:
    """Whether a recipe has too few seeds for an interval that says anything."""
    return len(one["seeds"]) < FEWEST_SEEDS


def median_of(values: Sequence[float | None]) -> float | None:
    """The median of those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def foretold(
    one: Mapping[str, Any], end: str, x: alt.X, title: str, *, legend: bool = False
) -> Any:
    """How often the final agents take a side, by what they did at a checkpoint on that level.

    Of few seeds every one is drawn, and their median; of many the levels of all, with an interval.

    Args:
        one: a recipe of an emergence.
        end: the side.
        x: the axis, of the field ``at``.
        title: of the panel.
        legend: whether the colours are named.
    """
    words, colours = zip(*GIVEN.values(), strict=True)
    scale = look.scale(words, colours)
    named = alt.Legend(
        title="on the same level the checkpoint took",
        titleLimit=WIDTH,
        orient="bottom",
        columns=2,
        symbolType="stroke",
        symbolStrokeWidth=4,
    )
    y = look.share_y("share of levels")
    dash = alt.StrokeDash(
        "given:N", scale=alt.Scale(domain=list(words), range=list(DASHES)), legend=None
    )
    color = alt.Color("given:N", scale=scale, legend=named if legend else None)
    unnamed = alt.Color("given:N", scale=scale, legend=None)
    base = alt.Chart(look.table((_medians if few(one) else _of_all)(one, end)))
    line = base.mark_line(strokeWidth=2.2, point=alt.OverlayMarkDef(size=24))
    if few(one):
        thin = alt.Chart(look.table(_of_seeds(one, end))).mark_line(strokeWidth=1, opacity=0.45)
        behind = thin.encode(x=x, y=y, color=unnamed, strokeDash=dash, detail="seed:N")
    else:
        band = base.mark_area(opacity=0.16)
        behind = band.encode(x=x, y="low:Q", y2="high:Q", color=unnamed)
    drawn = alt.layer(behind, line.encode(x=x, y=y, strokeDash=dash, color=color))
    drawn = drawn.resolve_legend(color="independent").properties(width=WIDTH, height=HEIGHT)
    return look.headed(drawn, title)


def _figures(one: Mapping[str, Any], end: str) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """Steps, what was given, and the figure, of every checkpoint that foretells something."""
    for point in one["checkpoints"]:
        for given, (words, _) in GIVEN.items():
            if point["final"] is not None:
                yield point["steps"], words, point["final"][given][end]


def _of_all(one: Mapping[str, Any], end: str) -> Iterator[look.Row]:
    for steps, words, figure in _figures(one, end):
        row = look.of_figure(figure, at=steps, given=words)
        if row is not None:
            yield row


def _medians(one: Mapping[str, Any], end: str) -> Iterator[look.Row]:
    for steps, words, figure in _figures(one, end):
        value = median_of(figure["across_seeds"]["values"])
        if value is not None:
            yield {"at": steps, "given": words, "value": value}


def _of_seeds(one: Mapping[str, Any], end: str) -> Iterator[look.Row]:
    for steps, words, figure in _figures(one, end):
        for rank, value in enumerate(figure["across_seeds"]["values"]):
            if value is not None:
                yield {"at": steps, "given": words, "value": value, "seed": rank}
