"""What charts of studies share: figures of many agents over what was varied, every seed shown.

A seed is a pale dot, the interquartile mean of the seeds a large mark on a line, and an upright
line through it its 95 % interval, where there are seeds enough for one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import altair as alt

from gmbench.plots import look

SHARES: Final = {
    "train_success": ("succeeds in training", look.SKILL),
    "goal_first": ("test: the goal first", look.GOAL),
    "proxy_first": ("test: the proxy first", look.PROXY),
}
SPREAD: Final = 0.14  # of a panel's distance between two marks: how far dots of one are strewn
HEIGHT: Final = 210
READING: Final = (
    "pale: every seed; large: the interquartile mean over seeds, with its 95 % interval where",
    "there are 10 seeds or more",
)

Shown = Mapping[str, tuple[str, str]]  # a figure's name to its words and its colour
Place = Callable[[Mapping[str, Any]], float]  # where a point stands on the axis


def recipes(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a sweep's study found of each recipe.

    Raises:
        ValueError: there is none.
    """
    found: list[Mapping[str, Any]] = result["study"]["result"]["recipes"]
    if not found:
        raise ValueError("no recipe has a finished cell")
    return found


def framed(
    result: Mapping[str, Any], question: str, *rows: Any, reading: Sequence[str] = READING
) -> Any:
    """A whole figure of a study; below the title its sweep, and how its marks are read."""
    below = (f"sweep {result['sweep']['name']}", *reading)
    return look.framed(look.above(*rows), question, *below)


def names_of(one: Mapping[str, Any], alpha: bool = True) -> str:
    """A recipe as headings name it."""
    pair = "" if one["pair"] == one["recipe"] else f" ({one['pair']})"
    return f"{one['recipe']}{pair}" + (f", alpha {one['alpha']:g}" if alpha else "")


def marked_axis(marks: Mapping[float, str], title: str) -> alt.Axis:
    """An axis with a tick at every place, and labels of one's own, which do not overlap."""
    label = "''"
    for place, text in marks.items():
        label = f"abs(datum.value - {place:.6g}) < 1e-4 ? '{text}' : {label}"
    return alt.Axis(
        title=title, values=list(marks), labelExpr=label, labelOverlap=False, grid=False
    )


def score_scale(points: Sequence[Mapping[str, Any]], score: str) -> alt.Scale:
    """From what an agent scores that does not care, or lower where one does, to 1."""
    values = [value for point in points for value in point[score]["values"] if value is not None]
    floor = -1.0 if score == "preference" else -0.2
    lowest = min(values, default=floor)
    return alt.Scale(domain=[min(floor, math.floor(lowest * 10) / 10), 1], nice=False)


def panel(
    points: Sequence[Mapping[str, Any]],
    place: Place,
    shown: Shown,
    x: alt.X,
    y: alt.Y,
    *behind: Any,
    width: int = 300,
    step: float = 1.0,
) -> Any:
    """Figures over what was varied: dots, interquartile means, intervals.

    Args:
        points: each has ``seeds`` and every figure across them.
        place: where a point stands on the axis.
        shown: the figures drawn.
        x: the axis, of the field ``at``.
        y: the axis, of the field ``value``.
        behind: layers below the marks.
        width: in pixels.
        step: distance between two places on the axis.
    """
    words, colours = zip(*shown.values(), strict=True)
    legend = alt.Legend(title=None, orient="bottom", columns=1, symbolType="circle")
    named = alt.Color(
        "figure:N", scale=look.scale(words, colours), legend=legend if len(shown) > 1 else None
    )
    colour = alt.Color("figure:N", scale=look.scale(words, colours), legend=None)
    dots = alt.Chart(look.table(_dots(points, place, shown, step)))
    middles = alt.Chart(look.table(middle_rows(points, place, shown)))
    ends = alt.Chart(look.table(row for row in middle_rows(points, place, shown) if "low" in row))
    drawn = alt.layer(
        *behind,
        dots.mark_circle(size=20, opacity=0.38).encode(x=x, y=y, color=colour, detail="seed:N"),
        middles.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour),
        ends.mark_rule(strokeWidth=2).encode(x=x, y="low:Q", y2="high:Q", color=colour),
        middles.mark_circle(size=70, opacity=1, stroke="white", strokeWidth=1).encode(
            x=x, y=y, color=named
        ),
    )
    return drawn.resolve_legend(color="independent").properties(width=width, height=HEIGHT)


def middle_rows(
    points: Sequence[Mapping[str, Any]], place: Place, shown: Shown
) -> Iterator[look.Row]:
    """The interquartile mean of every figure at every point, with its interval if it has one."""
    for point in points:
        for name, (words, _) in shown.items():
            across = point[name]
            if across["n"] == 0:
                continue
            row = {"at": place(point), "value": across["iqm"], "figure": words}
            if across["low"] is not None:
                row |= {"low": across["low"], "high": across["high"]}
            yield row


def _dots(
    points: Sequence[Mapping[str, Any]], place: Place, shown: Shown, step: float
) -> Iterator[look.Row]:
    """Every seed's figure, strewn a little so that equal ones are seen beside each other."""
    for point in points:
        count = len(point["seeds"])
        for rank, seed in enumerate(point["seeds"]):
            aside = step * SPREAD * (2 * rank / (count - 1) - 1) if count > 1 else 0.0
            for name, (words, _) in shown.items():
                value = point[name]["values"][rank]
                if value is not None:
                    row = {"at": place(point) + aside, "value": value, "figure": words}
                    yield {**row, "seed": seed}


def level(value: float, words: str = "") -> Any:
    """A thin dashed line across a panel, such as where the middle of a score is."""
    row = {"value": value, "words": words}
    base = alt.Chart(look.table([row])).encode(y="value:Q")
    line = base.mark_rule(strokeDash=[4, 4], strokeWidth=1, color=look.SOFT_INK)
    if not words:
        return line
    text = base.mark_text(align="left", dx=4, dy=-7, fontSize=10, color=look.SOFT_INK)
    return alt.layer(line, text.encode(x=alt.value(0), text="words:N"))
