"""counterfactual: what moving the goal and the proxy does, every level, and a map of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

import altair as alt

from gmbench.plots import look

NAME = "counterfactual"
VERSION = 0

EFFECTS: Final = {
    "goal_effect": "the goal moved",
    "proxy_effect": "the proxy moved",
    "control": "both moved",
    "persistence": "no goal: still goes there",
}
OUTCOMES: Final = {
    "together": ("both at once", look.SKILL),
    "goal_first": ("the goal first", look.GOAL),
    "proxy_first": ("the proxy first", look.PROXY),
    "neither": ("neither", look.NEITHER),
}
ORDER: Final = {name: at for at, name in enumerate(OUTCOMES)}
MAP_SIDE: Final = 240  # pixels, about


def chart(result: Mapping[str, Any]) -> Any:
    """Two rows a pair: the effects and what came first on every level; then the first map."""
    rows = [row for pair in look.played(result) for row in _of_pair(pair)]
    return look.framed(look.above(*rows), "Does it follow what moves?", look.who(result))


def _of_pair(pair: Mapping[str, Any]) -> Iterator[Any]:
    yield look.beside(_effects(pair), _levels(pair))
    for found in pair["details"].get("maps", [])[:1]:
        yield look.beside(_map(found))


def _effects(pair: Mapping[str, Any]) -> Any:
    figures = pair["metrics"]
    rows = [
        look.of_figure(figures[name], effect=words, p=_p(figures[name]))
        for name, words in EFFECTS.items()
        if name in figures
    ]
    base = alt.Chart(look.table(row for row in rows if row is not None)).encode(
        y=alt.Y(
            "effect:N",
            sort=list(EFFECTS.values()),
            axis=look.names_axis(140),
        )
    )
    axis = alt.Axis(
        title="effect: 1 where it always follows, 0 where it never does",
        values=[-1, -0.5, 0, 0.5, 1],
    )
    x = alt.X("value:Q", scale=alt.Scale(domain=[-1, 1]), axis=axis)
    ends = base.mark_rule(strokeWidth=2, color=look.INK).encode(x="low:Q", x2="high:Q")
    points = base.mark_point(size=90, filled=True, opacity=1, color=look.INK).encode(x=x)
    words = base.mark_text(dy=-12, fontSize=10, color=look.SOFT_INK).encode(
        x=alt.value(105), text="p:N"
    )
    drawn = alt.layer(ends, points, words).properties(width=210, height=alt.Step(42))
    ranks = f"pursuit {look.interval(figures.get('pursuit'))}"
    return look.headed(drawn, f"{pair['pair']}: effects", ranks)


def _p(figure: Mapping[str, Any]) -> str:
    test = figure["mcnemar"]
    if test is None:
        return ""
    p = "p < 0.001" if test["p"] < 0.001 else f"p = {test['p']:.2g}"
    return f"{test['gained']} gained, {test['lost']} lost, {p}"


def _levels(pair: Mapping[str, Any]) -> Any:
    """Every level a column, every condition a row."""
    levels = pair["details"]["levels"]
    conditions = [name for name in pair["conditions"] if any(name in row for row in levels)]

    def rank(row: Mapping[str, Any]) -> list[int]:
        return [ORDER[_outcome(row[name])] for name in conditions[1:] + conditions[:1]]

    ordered = sorted(levels, key=rank)
    rows = [
        {"from": start, "to": end, "condition": name, "outcome": OUTCOMES[outcome][0]}
        for name in conditions
        for start, end, outcome in _stretches([_outcome(row[name]) for row in ordered])
    ]
    words, colours = zip(*OUTCOMES.values(), strict=True)
    axis = alt.Axis(title=f"{len(levels)} levels, sorted", labels=False, ticks=False, grid=False)
    drawn = (
        alt.Chart(look.table(rows))
        .mark_rect()
        .encode(
            x=alt.X("from:Q", scale=alt.Scale(domain=[0, len(levels)], nice=False), axis=axis),
            x2="to:Q",
            y=alt.Y(
                "condition:N",
                sort=conditions,
                axis=look.names_axis(80),
                scale=alt.Scale(paddingInner=0.25),
            ),
            color=alt.Color(
                "outcome:N",
                scale=look.scale(words, colours),
                legend=alt.Legend(title=None, orient="bottom", columns=2),
            ),
        )
        .properties(width=205, height=alt.Step(34))
    )
    return look.headed(drawn, "Level by level", "what came first")


def _stretches(outcomes: list[str]) -> Iterator[tuple[int, int, str]]:
    """Where stretches of one outcome begin and end."""
    at = 0
    for outcome, same in groupby(outcomes):
        length = len(list(same))
        yield at, at + length, outcome
        at += length


def _outcome(name: str) -> str:
    return name if name in OUTCOMES else "neither"


def _map(found: Mapping[str, Any]) -> Any:
    """A level, each cell in the colour of what comes first with the goal there."""
    walls, runs = found["walls"], found["runs"]
    used = _used(found)
    side = max(6, min(20, MAP_SIDE // max(1, len(used[0])), 2 * MAP_SIDE // max(1, len(used[1]))))
    size = {"width": side * len(used[1]), "height": side * len(used[0])}
    place = {
        "x": alt.X("column:O", axis=None, scale=alt.Scale(domain=used[1], padding=0)),
        "y": alt.Y("row:O", axis=None, scale=alt.Scale(domain=used[0], padding=0)),
    }
    stone = alt.Chart(look.table(_walls(walls, used))).mark_rect(color=look.WALL).encode(**place)
    preferred = (
        {**cell, "more": (cell["goal_first"] - cell["proxy_first"]) / runs}
        for cell in found["cells"]
    )
    ends = alt.Scale(domain=[-1, 0, 1], range=[look.PROXY, "#f3f4f6", look.GOAL], interpolate="rgb")
    legend = alt.Legend(
        title="goal first minus proxy first",
        orient="bottom",
        gradientLength=160,
        values=[-1, 0, 1],
    )
    color = alt.Color("more:Q", scale=ends, legend=legend)
    cells = alt.Chart(look.table(preferred)).mark_rect().encode(**place, color=color)
    marks = [
        alt.Chart(look.table([{"row": row, "column": column, "mark": mark}]))
        .mark_text(fontSize=max(9, side - 3), fontWeight="bold", color=look.INK)
        .encode(**place, text="mark:N")
        for mark, (row, column) in (("S", found["start"]), ("P", found["proxy"]))
    ]
    drawn = alt.layer(stone, cells, *marks).properties(**size)
    below = f"level {found['level']}, {runs} episodes a cell; S start, P proxy"
    return look.headed(drawn, "The goal in every cell", below)


def _used(found: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """The rows and columns that are not all wall beyond the edge of the level."""
    walls = found["walls"]
    free = [(r, c) for r, line in enumerate(walls) for c, cell in enumerate(line) if cell != "#"]
    rows, columns = zip(*free, strict=True)
    return (
        list(range(max(0, min(rows) - 1), min(len(walls), max(rows) + 2))),
        list(range(max(0, min(columns) - 1), min(len(walls[0]), max(columns) + 2))),
    )


def _walls(walls: list[str], used: tuple[list[int], list[int]]) -> Iterator[look.Row]:
    for row in used[0]:
        for column in used[1]:
            if walls[row][column] == "#":
                yield {"row": row, "column": column}
