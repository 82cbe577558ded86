"""basin: what agents go for in the test, by what was fragile in their training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gmbench.plots import across, look
from gmbench.plots.arms import Mark, differences, nothing, panel

NAME = "basin"
VERSION = 0

ORDER: Final = ("goal", "neither", "proxy")


def chart(result: Mapping[str, Any]) -> Any:
    """A recipe a row: the share that is the goal's in every arm, and the differences."""
    rows = [look.beside(_shares(one), _apart(one)) for one in across.recipes(result)]
    return across.framed(result, "Are goals whose pursuit is fragile selected less?", *rows)


def _slips(rate: float) -> str:
    return f"slips {rate:g}"


def _groups(one: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(_slips(arm["slips"]) for arm in one["arms"]))


def _shares(one: Mapping[str, Any]) -> Any:
    arms = sorted(one["arms"], key=lambda arm: ORDER.index(arm["fragile"]))
    marks = [Mark(arm["fragile"], _slips(arm["slips"]), arm["share_goal"]) for arm in arms]
    y = look.share_y("of arrivals in the test, at the goal")
    drawn = panel(marks, _groups(one), y, across.level(0.5), title="fragile in training")
    return look.headed(
        drawn,
        across.names_of(one, alpha=False),
        f"a slip within {one['reach']} steps of it was the end; {', '.join(_groups(one))}",
    )


def _apart(one: Mapping[str, Any]) -> Any:
    marks = [
        Mark(f"{found['of']}|- {found['minus']}", _slips(found["slips"]), found)
        for found in one["differences"]
    ]
    title, below = "Differences", "of what was fragile; above 0: it is selected less"
    drawn = differences(marks, _groups(one)) if marks else nothing("one arm so far")
    return look.headed(drawn, title, below)
