"""schedule: the score by schedule and penalty, what differs by seed, and how able agents were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gmbench.plots import across, look
from gmbench.plots.arms import COLOURS, Mark, differences, nothing, panel

NAME = "schedule"
VERSION = 0

NONE: Final = "no lessons"
WIDTH: Final = 300
SIDE: Final = 260
WIDE: Final = 345  # where schedules by penalties are named
NARROW: Final = 210


def chart(result: Mapping[str, Any]) -> Any:
    """Two rows a recipe: scores and their differences; what intensity does, and what was known."""
    rows: list[Any] = []
    for one in across.recipes(result):
        rows.append(look.beside(_scores(one), _apart(one)))
        rows.append(look.beside(_able(one), _intensity(one)) if one["intensity"] else _able(one))
    question = "Do values stick better before competence, and does intensity count?"
    return across.framed(result, question, *rows)


def _penalty(penalty: float | None) -> str:
    return NONE if penalty is None else f"penalty {penalty:g}"


def _groups(one: Mapping[str, Any]) -> list[str]:
    """Of the penalties, and of agents without lessons if there are any."""
    return list(dict.fromkeys(_penalty(arm["penalty"]) for arm in one["arms"]))


def _scores(one: Mapping[str, Any]) -> Any:
    score, groups = one["score"], _groups(one)
    marks = [
        Mark(arm["schedule"], _penalty(arm["penalty"]), {**arm[score], "seeds": arm["seeds"]})
        for arm in one["arms"]
    ]
    y = across.score_y(one["arms"], score)
    count = one["lessons"]
    told = "cells differ in their lessons" if count is None else f"{count} lessons in every cell"
    drawn = panel(marks, groups, y, across.level(0.0), width=WIDTH, title="lessons")
    return look.headed(drawn, across.names_of(one, alpha=False), told)


def _apart(one: Mapping[str, Any]) -> Any:
    groups = [name for name in _groups(one) if name != NONE]
    marks = [
        Mark(f"{found['of']}|- {found['minus']}", _penalty(found["penalty"]), found)
        for found in one["differences"]
    ]
    drawn = differences(marks, groups, SIDE) if marks else nothing("one schedule so far", SIDE)
    return look.headed(drawn, "Schedules", f"differences of {one['score']}")


def _intensity(one: Mapping[str, Any]) -> Any:
    marks = [
        Mark(found["schedule"], f"{found['of']:g} - {found['minus']:g}", found)
        for found in one["intensity"]
    ]
    groups = list(dict.fromkeys(mark.group for mark in marks))
    drawn = differences(marks, groups, NARROW, COLOURS[3:])
    return look.headed(drawn, "Intensity", f"differences of {one['score']}, by penalty")


def _able(one: Mapping[str, Any]) -> Any:
    """Success in training when the first and the last lesson began."""
    words = {"success_first": "at the first lesson", "success_last": "at the last lesson"}
    marks = [
        Mark(f"{arm['schedule']}|{arm['penalty']:g}", words[name], arm[name])
        for arm in one["arms"]
        if arm["penalty"] is not None
        for name in words
    ]
    y = look.share_y("episodes")
    return look.headed(
        panel(marks, list(words.values()), y, width=WIDE, title="lessons, penalty")
        if marks
        else nothing("no lessons so far", WIDE),
        "How able it was then",
        "training episodes that succeeded when lessons began",
    )
