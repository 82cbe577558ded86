"""What charts of arms share: a figure in every arm, and differences paired by seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from gmbench.plots import across, look

COLOURS: Final = (look.INK, look.SKILL, look.OTHER, "#56b4e9", "#8a6d00", look.SOFT_INK)
ROOM: Final = 0.72  # of the distance between two places: what the groups at one share
STREWN: Final = 0.3  # of a group's room: how far its dots are strewn to either side
TICK: Final = 0.2
DIFFERENCE: Final = "difference, paired by seed"
_SIGNED: Final = "datum.value == 0 ? '0' : format(datum.value, '+.2~f')"


@dataclass(frozen=True, eq=False)
class Mark:
    """A figure across seeds, and where it is drawn.

    Attributes:
        place: the name under the axis; "|" parts its lines.
        group: what it is coloured by.
        across: ``values`` by seed, ``n``, ``iqm``, ``low`` and ``high``.
    """

    place: str
    group: str
    across: Mapping[str, Any]


def panel(
    marks: Sequence[Mark],
    groups: Sequence[str],
    y: alt.Y,
    *behind: Any,
    width: int = 300,
    title: str | None = None,
    colours: Sequence[str] = COLOURS,
) -> Any:
    """Every mark at its place, groups beside each other: dots, interquartile means, intervals.

    Args:
        marks: in the order of their places.
        groups: in their order; one or more.
        y: the axis, of the field ``value``.
        behind: layers below the marks.
        width: in pixels.
        title: of the lower axis.
        colours: of the groups.

    Raises:
        ValueError: there is nothing to draw.
    """
    places = list(dict.fromkeys(mark.place for mark in marks))
    if not places:
        raise ValueError("there are no arms to draw")
    rows = list(_rows(marks, places, ROOM / len(groups)))
    scale = alt.Scale(domain=[-0.5, len(places) - 0.5], nice=False)
    x = alt.X("at:Q", scale=scale, axis=_axis(places, title))
    coloured = look.scale(groups, [colours[i % len(colours)] for i in range(len(groups))])
    unnamed = alt.Color("group:N", scale=coloured, legend=None)
    several = len(groups) > 1
    key = alt.Legend(title=None, orient="bottom", symbolType="circle") if several else None
    dots = alt.Chart(look.table(row for row in rows if "seed" in row))
    middles = alt.Chart(look.table(row for row in rows if "seed" not in row))
    ends = alt.Chart(look.table(row for row in rows if "low" in row))
    drawn = alt.layer(
        *behind,
        dots.mark_circle(size=20, opacity=0.38).encode(x=x, y=y, color=unnamed, detail="seed:N"),
        ends.mark_rule(strokeWidth=2).encode(x=x, y="low:Q", y2="high:Q", color=unnamed),
        middles.mark_circle(size=80, opacity=1, stroke="white", strokeWidth=1).encode(
            x=x, y=y, color=alt.Color("group:N", scale=coloured, legend=key)
        ),
    )
    return drawn.resolve_legend(color="independent").properties(width=width, height=across.HEIGHT)


def differences(
    marks: Sequence[Mark],
    groups: Sequence[str],
    width: int = 250,
    colours: Sequence[str] = COLOURS,
) -> Any:
    """Differences paired by seed, around the line of none."""
    ends = [abs(value) for mark in marks for value in mark.across["values"] if value is not None]
    # A tick at either end, so that the heading stands as high as that of the panel beside it.
    far = max(1, math.ceil(max(ends, default=0.0) / TICK)) * TICK
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(domain=[-far, far], nice=False),
        axis=alt.Axis(
            title=DIFFERENCE, values=[-far, -far / 2, 0, far / 2, far], labelExpr=_SIGNED
        ),
    )
    return panel(marks, groups, y, across.level(0.0), width=width, colours=colours)


def nothing(words: str, width: int = 250) -> Any:
    """An empty panel that says why it is."""
    said = alt.Chart(look.table([{"text": words}])).mark_text(color=look.SOFT_INK)
    return said.encode(text="text:N").properties(width=width, height=across.HEIGHT)


def _axis(places: Sequence[str], title: str | None) -> alt.Axis:
    """An axis of names, each of a line or several."""
    label = "''"
    for at, name in enumerate(places):
        label = f"datum.value == {at} ? split('{name}', '|') : {label}"
    values = list(range(len(places)))
    return alt.Axis(title=title, values=values, labelExpr=label, labelOverlap=False, grid=False)


def _rows(marks: Sequence[Mark], places: Sequence[str], room: float) -> Iterator[look.Row]:
    """A row for every seed, and one for every mark's middle."""
    beside = {place: [mark for mark in marks if mark.place == place] for place in places}
    for mark in marks:
        here = beside[mark.place]
        aside = (here.index(mark) - (len(here) - 1) / 2) * room
        at, found = places.index(mark.place) + aside, mark.across
        if found["n"] == 0:
            continue
        row: look.Row = {"at": at, "value": found["iqm"], "group": mark.group, "arm": mark.place}
        if found["low"] is not None:
            row |= {"low": found["low"], "high": found["high"]}
        yield row
        values = found["values"]
        for rank, value in enumerate(values):
            strewn = STREWN * room * (2 * rank / (len(values) - 1) - 1) if len(values) > 1 else 0.0
            if value is not None:
                dot = {"at": at + strewn, "value": value, "group": mark.group, "seed": rank}
                yield {**dot, "arm": mark.place}
