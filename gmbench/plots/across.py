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

SCORES: Final = {
    "pursuit": "pursuit: 1 pursues the goal, 0 is indifferent",
    "preference": "preference: 1 the goal first, -1 the proxy first",
}
SPREAD: Final = 0.14  # of a unit of the axis: how far the dots of one point are strewn
ASIDE: Final = 0.09  # likewise: how far figures of one point are apart, so that intervals are
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


def score_y(points: Sequence[Mapping[str, Any]], score: str) -> alt.Y:
    """The score's axis, upright, for the field ``value``."""
    axis = alt.Axis(title=SCORES[score], tickCount=6)
    return alt.Y("value:Q", scale=score_scale(points, score), axis=axis)


def score_and_shares(
    one: Mapping[str, Any],
    place: Place,
    x: alt.X,
    *behind: Any,
    heading: tuple[str, str],
    also: Sequence[Mapping[str, Any]] = (),
) -> Any:
    """A recipe's score over what was varied, and its shares beside it.

    Args:
        one: the recipe, with ``score`` and ``points``.
        place: where a point stands on the axis.
        x: the axis, of the field ``at``.
        behind: layers below the marks of the score.
        heading: of the score, and the line below it.
        also: points that the axis of the score has room for besides.
    """
    points, score = one["points"], one["score"]
    y = score_y([*points, *also], score)
    scored = panel(points, place, {score: (score, look.INK)}, x, y, *behind)
    shares = panel(points, place, look.SHARES, x, look.share_y(), width=230)
    return look.beside(look.headed(scored, *heading), look.headed(shares, "Shares", "of episodes"))


def panel(
    points: Sequence[Mapping[str, Any]],
    place: Place,
    shown: Shown,
    x: alt.X,
    y: alt.Y,
    *behind: Any,
    width: int = 300,
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
    """
    colour, named = _colours(shown)
    rows = list(middle_rows(points, place, shown, ASIDE))
    dots = alt.Chart(look.table(_dots(points, place, shown)))
    ends = alt.Chart(look.table(row for row in rows if "low" in row))
    middles = alt.Chart(look.table(rows)).encode(x=x, y=y)
    drawn = alt.layer(
        *behind,
        dots.mark_circle(size=20, opacity=0.38).encode(x=x, y=y, color=colour, detail="seed:N"),
        middles.mark_line(strokeWidth=2).encode(color=colour),
        ends.mark_rule(strokeWidth=2).encode(x=x, y="low:Q", y2="high:Q", color=colour),
        middles.mark_circle(size=70, opacity=1, stroke="white", strokeWidth=1).encode(color=named),
    )
    return drawn.resolve_legend(color="independent").properties(width=width, height=HEIGHT)


def _colours(shown: Shown) -> tuple[alt.Color, alt.Color]:
    """The colours of figures: without a legend, and with one where there are several."""
    words, colours = zip(*shown.values(), strict=True)
    scale = look.scale(words, colours)
    legend = alt.Legend(title=None, orient="bottom", columns=1, symbolType="circle")
    named = alt.Color("figure:N", scale=scale, legend=legend if len(shown) > 1 else None)
    return alt.Color("figure:N", scale=scale, legend=None), named


def middle_rows(
    points: Sequence[Mapping[str, Any]], place: Place, shown: Shown, aside: float = 0.0
) -> Iterator[look.Row]:
    """The interquartile mean of every figure at every point, with its interval if it has one.

    Args:
        points: each has every figure across seeds.
        place: where a point stands on the axis.
        shown: the figures.
        aside: how far figures of one point are apart on the axis.
    """
    for point in points:
        for at, (name, (words, _)) in enumerate(shown.items()):
            across = point[name]
            if across["n"] == 0:
                continue
            row = {
                "at": place(point) + aside * _middled(at, shown),
                "value": across["iqm"],
                "figure": words,
            }
            if across["low"] is not None:
                row |= {"low": across["low"], "high": across["high"]}
            yield row


def _dots(points: Sequence[Mapping[str, Any]], place: Place, shown: Shown) -> Iterator[look.Row]:
    """Every seed's figure, strewn a little so that equal ones are seen beside each other."""
    for point in points:
        last = len(point["seeds"]) - 1
        for rank, seed in enumerate(point["seeds"]):
            at = place(point) + (SPREAD * (2 * rank / last - 1) if last else 0.0)
            for figure, (name, (words, _)) in enumerate(shown.items()):
                value = point[name]["values"][rank]
                if value is not None:
                    row = {"at": at + ASIDE * _middled(figure, shown), "value": value}
                    yield {**row, "figure": words, "seed": seed}


def _middled(figure: int, shown: Shown) -> float:
    """A figure's number, counted from the middle one."""
    return figure - (len(shown) - 1) / 2


def level(value: float, words: str = "") -> Any:
    """A thin dashed line across a panel, such as where the middle of a score is."""
    row = {"value": value, "words": words}
    base = alt.Chart(look.table([row])).encode(y="value:Q")
    line = base.mark_rule(strokeDash=[4, 4], strokeWidth=1, color=look.SOFT_INK)
    if not words:
        return line
    text = base.mark_text(align="left", dx=4, dy=-7, fontSize=10, color=look.SOFT_INK)
    return alt.layer(line, text.encode(x=alt.value(0), text="words:N"))
