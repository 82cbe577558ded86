"""patch: goal_effect inside the region of the lessons and outside, and how they differ by seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt

from gmbench.plots import across, look
from gmbench.plots.arms import COLOURS, Mark, differences, panel

NAME = "patch"
VERSION = 0

WHERE: Final = ("inside", "outside")
APART: Final = "inside - outside"


def chart(result: Mapping[str, Any]) -> Any:
    """A recipe a row: goal_effect on either side, and the differences."""
    rows = [look.beside(_effects(one), _apart(one)) for one in across.recipes(result)]
    return across.framed(result, "Does a lesson hold outside its region, or only there?", *rows)


def _effects(one: Mapping[str, Any]) -> Any:
    named = {"inside": f"inside: {one['region']}", "outside": f"outside: {one['outside']}"}
    marks = [
        Mark(arm["schedule"], named[where], arm[where]) for arm in one["arms"] for where in WHERE
    ]
    points = [{"effect": mark.across} for mark in marks]
    y = alt.Y(
        "value:Q",
        scale=across.score_scale(points, "effect"),
        axis=alt.Axis(title="goal_effect: 1 follows the goal, 0 does not", tickCount=6),
    )
    count, levels = one["lessons"], one["levels"]
    told = "cells differ in their lessons" if count is None else f"{count} lessons in every cell"
    drawn = panel(
        marks, list(named.values()), y, across.level(0.0), title="lessons", colours=COLOURS[1:]
    )
    return look.headed(
        drawn,
        across.names_of(one, alpha=False),
        f"{told}; {levels['inside']} levels inside, {levels['outside']} outside",
    )


def _apart(one: Mapping[str, Any]) -> Any:
    marks = [Mark(arm["schedule"], APART, arm["inside_minus_outside"]) for arm in one["arms"]]
    marks += [
        Mark(f"{found['of']}|- {found['minus']}", found["where"], found)
        for found in one["differences"]
    ]
    groups = [APART, *(name for name in WHERE if one["differences"])]
    return look.headed(
        differences(marks, groups), "Differences", "inside - outside; and of schedules on each side"
    )
