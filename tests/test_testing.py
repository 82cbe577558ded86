"""The public checks of a world: those that ship pass, and every defect fails its own check."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from gmbench import registry
from gmbench.errors import UnknownNameError, UsageError
from gmbench.procgen.conditions import SPACE, Cell
from gmbench.procgen.scripts import walk_to
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ProcgenState
from gmbench.procgen.worlds import coinrun, maze
from gmbench.specs import Condition, Pair, World
from gmbench.testing import Check, WorldReport, check_module, check_world

NAMES = [name for name in registry.WORLDS.names() if registry.pair(name).world.family == "procgen"]


def verdicts(report: WorldReport) -> dict[str, bool | None]:
    return {check.name: check.passed for check in report.checks}


def failed(report: WorldReport) -> set[str]:
    return {name for name, passed in verdicts(report).items() if passed is False}


def found(report: WorldReport, name: str) -> Check:
    return next(check for check in report.checks if check.name == name)


@pytest.mark.procgen
@pytest.mark.parametrize("name", NAMES)
def test_worlds_that_ship_pass(name: str) -> None:
    told: list[tuple[int, int]] = []
    report = check_world(name, levels=15, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 15) for done in range(1, 16)]
    assert report.mode == "easy"
    assert failed(report) == set()
    assert report.passed
    oracles = {f"oracle-{role}" for role in registry.pair(name).oracles}
    assert oracles <= verdicts(report).keys()
    assert found(report, "candidates").value == pytest.approx(
        1 - (found(report, "rejected").value or 0)
    )


@pytest.mark.procgen
def test_a_report_is_plain_json() -> None:
    report = check_world("procgen-maze", levels=12, mode="hard")
    written = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert written["passed"] is True
    assert (written["world"], written["mode"], written["levels"]) == ("procgen-maze", "hard", 12)
    assert {"name": "solvable", "passed": True, "value": 1.0} == {
        key: value
        for key, value in next(c for c in written["checks"] if c["name"] == "solvable").items()
        if key != "detail"
    }
    assert found(report, "oracle-goal").value == 1.0
    assert found(report, "oracle-proxy").value == 1.0


# --- Worlds with one defect each ---------------------------------------------------------------

Rule = Callable[[ProcgenState, int], Sites]


def broken(base: ModuleType, rule: Rule, **world: object) -> ModuleType:
    """A world like another but for its sites' rule and some fields of its spec."""
    module = ModuleType("broken")
    spec: World = replace(base.PAIR.world, **world)
    vars(module).update(PAIR=replace(base.PAIR, world=spec), find_sites=rule, script=base.script)
    return module


class Meddling(dict[str, Cell]):
    """Sites that move a crate of the level when the test asks for B."""

    def __init__(self, cells: dict[str, Cell], state: ProcgenState) -> None:
        super().__init__(cells)
        self._state = state

    def __getitem__(self, name: str) -> Cell:
        if name == "B":
            self._state.entities["x"][self._state.entities["type"] == 20] += 1
        return super().__getitem__(name)


def moves_a_crate(state: ProcgenState, level: int) -> Sites:
    sites = coinrun.find_sites(state, level)
    return replace(sites, cells=Meddling(dict(sites.cells), state))


def b_behind_a_wall(state: ProcgenState, level: int) -> Sites:
    sites = maze.find_sites(state, level)
    if "B" not in sites.cells:
        return sites
    # Wall B in: its neighbours become wall, so no way leads there.
    x, y = sites.cells["B"]
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        if state.grid[y + dy, x + dx] == SPACE:  # the stock cheese stays where it is
            state.grid[y + dy, x + dx] = 51
    return sites


def b_outside(state: ProcgenState, level: int) -> Sites:
    sites = coinrun.find_sites(state, level)
    return replace(sites, cells={**sites.cells, "B": Cell(64, 3)})


def rejects_all(state: ProcgenState, level: int) -> Sites:
    return replace(coinrun.find_sites(state, level), rejected="on principle")


def b_on_the_corners_way(state: ProcgenState, level: int) -> Sites:
    """A maze world without the rule: B is next to the start, on the way to the corner."""
    sites = maze.find_sites(state, level)
    if "B" not in sites.cells:
        return sites
    way = walk_to(state.grid != 51, maze._start(state), sites.cells["A"])
    dx, dy = {7: (1, 0), 5: (0, 1)}[next(way)]
    start = maze._start(state)
    return replace(sites, cells={**sites.cells, "B": Cell(start.x + dx, start.y + dy)})


def never_twice_the_same() -> Rule:
    calls: Iterator[int] = iter(range(10**9))

    def rule(state: ProcgenState, level: int) -> Sites:
        sites = coinrun.find_sites(state, level)
        if "B" not in sites.cells:
            return sites
        column = 6 + next(calls) % 2
        height = int(np.argmin(np.isin(state.grid[:, column], (15, 16))))
        return replace(sites, cells={**sites.cells, "B": Cell(column, height)})

    return rule


UNGIVEN = (
    *coinrun.PAIR.world.conditions,
    Condition("elsewhere", goal="C", proxy="A", summary="The coin stands at C."),
)

DEFECTS = {
    "the test moves a crate": (
        broken(coinrun, moves_a_crate),
        {"declared-fields"},
        "train and test differ in more than the goal",
    ),
    "B cannot be reached": (
        broken(maze, b_behind_a_wall),
        {"solvable", "oracle-goal"},
        "no way leads to a site of levels",
    ),
    "a site is named and not given": (
        broken(coinrun, coinrun.find_sites, conditions=UNGIVEN),
        {"sites"},
        "have no site 'C', which a condition names",
    ),
    "B lies outside the grid": (
        broken(coinrun, b_outside),
        {"declared-fields"},
        "test cannot be played: the goal cannot be put outside the grid",
    ),
    "every level is rejected": (
        broken(coinrun, rejects_all),
        {"sites", "candidates"},
        "0 of 24 levels are accepted",
    ),
    "B lies on the corner's way": (
        broken(maze, b_on_the_corners_way),
        {"oracle-proxy"},
        "goal_first",
    ),
    "levels change from call to call": (
        broken(coinrun, never_twice_the_same()),
        {"reproducible", "declared-fields"},
        "asked for twice, levels differ",
    ),
}


@pytest.mark.procgen
@pytest.mark.parametrize(("module", "expected", "detail"), DEFECTS.values(), ids=DEFECTS.keys())
def test_a_defect_fails_its_own_check(module: ModuleType, expected: set[str], detail: str) -> None:
    report = check_module(module, levels=24)
    assert failed(report) == expected
    assert not report.passed
    assert not report.to_json()["passed"]
    assert any(detail in check.detail for check in report.checks if check.name in expected)


# --- Wrong requests -----------------------------------------------------------------------------


@pytest.mark.bad_input
def test_unknown_worlds_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown world 'procgen-mase'"):
        check_world("procgen-mase")


@pytest.mark.bad_input
@pytest.mark.parametrize("levels", [0, -5, 2**31], ids=["none", "negative", "too many"])
def test_numbers_of_levels_that_do_not_exist_are_refused(levels: int) -> None:
    with pytest.raises(UsageError, match="levels must be a number from 1 to"):
        check_world("procgen-maze", levels=levels)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("family", "request_", "words"),
    [
        ("board", {}, "of family 'board'; worlds that can be played are of procgen or native"),
        ("native", {}, "world 'broken' cannot be played: its module lacks"),
        ("procgen", {"mode": "soft"}, "unknown mode 'soft' for procgen-maze"),
        ("procgen", {"parameters": {"size": 9}}, "procgen-maze has no parameters"),
    ],
)
def test_requests_that_do_not_fit_the_world_are_refused(
    family: str, request_: dict[str, Any], words: str
) -> None:
    module = broken(maze, maze.find_sites, family=family)
    with pytest.raises(UsageError, match=re.escape(words)):
        check_module(module, **request_)


def test_pairs_are_named_in_reports() -> None:
    pair: Pair = maze.PAIR
    report = WorldReport(pair.name, 0, "easy", 1, (Check("a", None, None, "nothing to say"),))
    assert report.passed
    assert replace(report, checks=(Check("a", False, 0.0, "no"),)).passed is False
