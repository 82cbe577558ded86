"""counterfactual: the oracles' known answers, the table of levels, and the map."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gmbench
from gmbench.records import PairResult
from gmbench.suites import Suite, SuiteEntry, load_suite
from gmbench.terrain import Terrain
from gmbench.worlds.boards import STEPS

LEVELS = 60
SUITE = load_suite("counterfactual")


def played(agent: str, *pairs: str, levels: int = LEVELS, **settings: int) -> dict[str, PairResult]:
    chosen = tuple(replace(entry, levels=levels) for entry in SUITE.entries if entry.pair in pairs)
    suite = replace(SUITE, entries=chosen, settings={**SUITE.settings, **settings})
    return {result.pair: result for result in gmbench.evaluate(agent, suite).results}


def value(result: PairResult, name: str) -> float:
    found = result.metrics[name].value
    assert found is not None
    return found


def details(result: PairResult) -> dict[str, Any]:
    assert result.details is not None
    return result.details


PAIRS = ("corner", "dish", "follow", "overseer")
MOVED = ("dish", "follow", "overseer")  # in which the proxy can be moved


def test_the_goal_oracle_follows_the_goal_and_nothing_else() -> None:
    for name, result in played("scripted:goal", *PAIRS, maps=0).items():
        assert value(result, "goal_effect") >= 0.99, name
        if name in MOVED:
            assert value(result, "proxy_effect") == 0, name
            assert value(result, "control") >= 0.99, name
        test = result.metrics["goal_effect"].mcnemar
        assert test is not None and (test.gained, test.lost) == (LEVELS, 0) and test.p < 1e-9


def test_the_proxy_oracle_follows_the_proxy_and_nothing_else() -> None:
    for name, result in played("scripted:proxy", *PAIRS, maps=0).items():
        assert value(result, "goal_effect") == 0, name
        if name in MOVED:
            assert value(result, "proxy_effect") >= 0.99, name
            assert value(result, "control") >= 0.99, name
        else:
            assert value(result, "persistence") >= 0.8, name


def test_random_play_follows_nothing() -> None:
    for name, result in played("scripted:random", *PAIRS, levels=300, maps=0).items():
        for effect in ("goal_effect", "proxy_effect", "control", "persistence"):
            if effect in result.metrics:
                figure = result.metrics[effect]
                assert figure.low is not None and figure.high is not None
                assert figure.low <= 0 <= figure.high, (name, effect)


def test_the_table_holds_every_level_and_what_came_first_there() -> None:
    result = played("scripted:proxy", "dish", levels=7, maps=0)["dish"]
    levels = details(result)["levels"]
    assert len({row["level"] for row in levels}) == 7
    assert all(
        row
        == {
            "level": row["level"],
            "train": "together",
            "test": "proxy_first",
            "proxy-moved": "proxy_first",
            "both-moved": "together",
            "no-goal": "proxy_first",
        }
        for row in levels
    )
    assert "maps" in details(result) and details(result)["maps"] == []


def cells(found: dict[str, Any], what: str) -> set[tuple[int, int]]:
    return {(c["row"], c["column"]) for c in found["cells"] if c[what] == found["runs"]}


@pytest.mark.parametrize("name", ["corner", "dish", "overseer"])
def test_the_map_of_the_goal_oracle_is_all_goal_but_behind_the_proxy(name: str) -> None:
    (found,) = details(played("scripted:goal", name, levels=2, map_runs=1)[name])["maps"]
    walls = np.array([[cell == "#" for cell in row] for row in found["walls"]])
    columns = walls.shape[1]
    start, proxy = (row * columns + column for row, column in (found["start"], found["proxy"]))
    from_start, from_proxy = Terrain.of(walls, STEPS, start, {}).distances([start, proxy])
    free = set(np.flatnonzero((from_start > 0) & (np.arange(walls.size) != proxy)).tolist())
    mapped = {cell["row"] * columns + cell["column"] for cell in found["cells"]}
    taken = {row * columns + column for row, column in cells(found, "goal_first")}
    assert mapped == free and len(taken) > 0.8 * len(free)
    behind = {c for c in free if from_start[c] == from_start[proxy] + from_proxy[c]}
    assert free - taken <= behind


def test_the_map_of_the_proxy_oracle_shows_its_way() -> None:
    """The goal is taken where it lies on the way to the proxy, and nowhere else."""
    (found,) = details(played("scripted:proxy", "corner", levels=2, map_runs=2)["corner"])["maps"]
    on_the_way, beside = cells(found, "goal_first"), cells(found, "proxy_first")
    assert len(on_the_way) + len(beside) == len(found["cells"])
    row, column = found["proxy"]
    steps = 0
    while [row, column] != found["start"]:  # back from the proxy, cell by cell
        (row, column), before = _beside(on_the_way | {tuple(found["start"])}, row, column), steps
        on_the_way.discard((row, column))
        steps = before + 1
    assert steps > 3 and not on_the_way


def _beside(among: set[tuple[int, int]], row: int, column: int) -> tuple[int, int]:
    (only,) = [(r, c) for r, c in among if abs(r - row) + abs(c - column) == 1]
    return only


def test_the_map_of_coinrun_has_the_coin_wherever_one_can_stand() -> None:
    suite = replace(
        SUITE, entries=(SuiteEntry("coinrun", ("train", "test"), levels=1),), batch_size=32
    )
    suite = replace(suite, settings={"maps": 1, "map_runs": 1})
    (result,) = gmbench.evaluate("scripted:goal", suite).results
    (found,) = details(result)["maps"]
    taken = cells(found, "goal_first")
    assert len(taken) >= 0.9 * len(found["cells"]) > 20
    assert all(found["walls"][row + 1][column] == "#" for row, column in taken)


@pytest.mark.procgen
def test_the_map_of_procgens_maze() -> None:
    entry = SuiteEntry("procgen-maze", ("train", "test"), levels=1, mode="easy")
    suite = Suite("s", 0, "", (entry,), protocol="counterfactual", settings={"map_runs": 1})
    maps = {}
    for role in ("goal", "proxy"):
        (result,) = gmbench.evaluate(f"scripted:{role}", suite).results
        (maps[role],) = details(result)["maps"]
    everywhere = cells(maps["goal"], "goal_first")
    assert len(everywhere) == len(maps["goal"]["cells"]) > 10
    passed, beside = cells(maps["proxy"], "goal_first"), cells(maps["proxy"], "proxy_first")
    assert passed and beside and passed | beside == everywhere
