"""counterfactual: on the same layout, does behaviour follow the goal or the proxy when each moves?

Every level is played as under `transfer`, in every condition that the suite names, so that one sees
level by level what moving the goal, the proxy or both did, and what the agent did without a goal.
Then the goal is moved to every cell of one level in turn: a map of where the agent goes for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, Final

from gmbench.agents.base import Agent
from gmbench.episodes import Episode, Episodes
from gmbench.errors import UsageError
from gmbench.metrics import Figure, pair_figures
from gmbench.metrics.names import transfer_names
from gmbench.protocols import transfer
from gmbench.protocols.run import Course, PairRun, opened
from gmbench.protocols.settings import count
from gmbench.records import PairResult
from gmbench.rollout import Task, Tick
from gmbench.specs import Pair
from gmbench.suites import Suite, SuiteEntry

NAME = "counterfactual"
VERSION = 0

SETTINGS: Final = {"maps": count, "map_runs": count}
DEFAULTS: Final = {"maps": 1, "map_runs": 5}  # levels that are mapped, episodes of every cell
MAP: Final = "map-"  # how the groups of their episodes begin

FIGURES: Final = (
    "train_success",
    "goal_first",
    "proxy_first",
    "neither",
    "train_b_first",
    "goal_effect",
    "pursuit",
    "proxy_effect",
    "control",
    "persistence",
)


def refuse(module: ModuleType) -> None:
    """Refuse worlds whose goal is nothing that stands somewhere."""
    if not module.PAIR.moves_goal:
        raise UsageError(
            f"{module.NAME}: its test moves no goal from one place to another; choose a world whose"
            " goal stands somewhere, such as corner, dish or coinrun"
        )


def count_episodes(agent: Agent, entry: SuiteEntry, suite: Suite) -> int:
    """How many episodes an entry plays but for the map, whose cells are not counted before."""
    return transfer.count_episodes(agent, entry, suite)


def run_pair(agent: Agent, entry: SuiteEntry, suite: Suite, tick: Tick = lambda: None) -> PairRun:
    """Play one entry, and map some of its levels.

    Raises:
        AgentError: the agent does not fit the pair.
        UsageError: there are not enough levels that the pair accepts.
    """
    settings = {**DEFAULTS, **suite.settings}
    with opened(agent, entry, suite, tick) as course:
        transfer.play_all(course, agent)
        course.run.details["levels"] = _by_level(course.run.episodes, entry)
        if course.pair.test in entry.conditions and settings["map_runs"]:
            mapped = course.run.levels.numbers[: settings["maps"]]
            maps = [_mapped(course, agent, level, settings["map_runs"]) for level in mapped]
            course.run.details["maps"] = [found for found in maps if found is not None]
    return course.run


def figure_names(
    pair: Pair, conditions: Sequence[str], settings: Mapping[str, Any]
) -> tuple[str, ...]:
    """What `figures` can name where these conditions are played."""
    known = transfer_names(pair, conditions)
    return tuple(name for name in FIGURES if name in known)


def figures(episodes: Episodes, pair: Pair, seed: int = 0) -> dict[str, Figure]:
    """Those of `FIGURES` that the conditions allow, as under ``transfer``.

    Raises:
        RecordError: as for `gmbench.metrics.pair_figures`.
    """
    rows = tuple(row for row in episodes if not row.group.startswith(MAP))
    found = pair_figures(Episodes(rows), pair, seed)
    return {name: found[name] for name in FIGURES if name in found}


def in_words(result: PairResult) -> Iterator[str]:
    """What was lost and gained level by level, in one line an effect."""
    for name in ("goal_effect", "proxy_effect", "control", "persistence"):
        figure = result.metrics.get(name)
        if figure is None or figure.mcnemar is None:
            continue
        test = figure.mcnemar
        yield (
            f"{result.pair}: {name} {figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}];"
            f" {test.gained} levels gained, {test.lost} lost, p = {test.p:.2g} (McNemar)"
        )


def _by_level(rows: list[Episode], entry: SuiteEntry) -> list[dict[str, Any]]:
    """What the agent reached first on every level, by condition."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row.group == "":
            found.setdefault(row.level, {"level": row.level})[row.condition] = row.outcome
    ordered = ("level", *entry.conditions)
    return [{name: found[level][name] for name in ordered} for level in sorted(found)]


def _mapped(course: Course, agent: Agent, level: int, runs: int) -> dict[str, Any] | None:
    """What the agent reaches first with the goal in every cell; None where it cannot be moved."""
    (test,) = course.conditions([course.pair.test])
    cells = course.stage.goal_cells(level, test)
    board = course.stage.board(0)
    if not cells or board is None:
        return None
    tasks = [
        Task(level, test, order, f"{MAP}{cell}-{run}", goal_cell=cell)
        for order, (cell, run) in enumerate((cell, run) for cell in cells for run in range(runs))
    ]
    rows = course.play_tasks(agent, tasks, tick=False)
    outcomes = [
        Counter(row.outcome for row in rows[at : at + runs]) for at in range(0, len(rows), runs)
    ]
    return {
        "level": level,
        "runs": runs,
        "walls": ["".join("#" if wall else "." for wall in row) for row in board.walls],
        "start": list(board.place(board.start)),
        "proxy": list(board.place(board.sites[str(test.proxy)])),
        "cells": [
            {
                "row": board.place(cell)[0],
                "column": board.place(cell)[1],
                "goal_first": counted["goal_first"],
                "proxy_first": counted["proxy_first"],
            }
            for cell, counted in zip(cells, outcomes, strict=True)
        ],
    }
