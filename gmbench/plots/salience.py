"""salience: the score and the shares over the channels of the proxy, and the blind as zero."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from gmbench.plots import across, look

NAME = "salience"
VERSION = 0

AXIS: Final = "channels of the proxy; the goal has one"


def chart(result: Mapping[str, Any]) -> Any:
    """A recipe a row: its score over channels with that of blind agents, and its shares."""
    rows = [_of_recipe(one) for one in across.recipes(result)]
    return across.framed(result, "Does the louder cue win?", *rows)


def _of_recipe(one: Mapping[str, Any]) -> Any:
    numbers = sorted({point["channels"] for point in (*one["points"], *one["blind"])})
    x = alt.X(
        "at:Q",
        scale=alt.Scale(
            domain=[math.log2(numbers[0]) - 0.3, math.log2(numbers[-1]) + 0.3], nice=False
        ),
        axis=across.marked_axis({math.log2(n): f"{n}" for n in numbers}, AXIS),
    )
    return across.score_and_shares(
        one,
        _place,
        x,
        *_blind(one["blind"], one["score"]),
        heading=(across.names_of(one), _in_words(one)),
        also=one["blind"],
    )


def _place(point: Mapping[str, Any]) -> float:
    return math.log2(point["channels"])


def _blind(points: Sequence[Mapping[str, Any]], score: str) -> list[Any]:
    """The line of zero: the mean of blind agents, and how far any of them strayed from it."""
    values = [value for point in points for value in point[score]["values"] if value is not None]
    if not values:
        return []
    band = {"low": min(values), "high": max(values)}
    behind = alt.Chart(look.table([band])).mark_rect(color=look.NEITHER, opacity=0.35)
    mean = sum(values) / len(values)
    at = sorted({point["channels"] for point in points})
    words = f"blind agents, D = {', '.join(map(str, at))}: all {len(values)}, and their mean"
    return [behind.encode(y="low:Q", y2="high:Q"), across.level(mean, words)]


def _in_words(one: Mapping[str, Any]) -> str:
    points, score = one["points"], one["score"]
    last = points[-1]
    fall = last["fall"]
    if fall is None or fall["n"] == 0:
        return f"{score} by channels"
    change = f"falls by {fall['iqm']:.2f}" if fall["iqm"] >= 0 else f"rises by {-fall['iqm']:.2f}"
    text = f"{score} {change} from {points[0]['channels']} to {last['channels']} channels"
    if fall["low"] is not None:
        text += f" [{fall['low']:.2f}, {fall['high']:.2f}]"
    return f"{text}, {fall['n']} seeds"
