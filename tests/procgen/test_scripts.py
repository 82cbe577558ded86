"""Scripted action sequences do what they say in the real games."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from procgen_games import FIRST_LEVEL, MODES, WORLDS, MakeBatch, condition_of

from gmbench.procgen.actions import LEFT, RIGHT, RIGHT_UP, STAY, UP
from gmbench.procgen.conditions import Cell
from gmbench.procgen.scripts import run_right_jumping, run_right_with_charged_jumps, walk_to
from gmbench.procgen.worlds import maze

ROOM = np.ones((3, 3), dtype=bool)


def test_a_walk_takes_the_shortest_way_and_stays() -> None:
    walls = ROOM.copy()
    walls[:2, 1] = False
    walk = walk_to(walls, Cell(0, 0), Cell(2, 1))
    assert list(islice(walk, 8)) == [UP, UP, RIGHT, RIGHT, 3, STAY, STAY, STAY]
    assert list(islice(walk_to(ROOM, Cell(2, 0), Cell(0, 0)), 3)) == [LEFT, LEFT, STAY]


def test_a_walk_to_nowhere_stays() -> None:
    assert list(islice(walk_to(ROOM, Cell(0, 0), None), 3)) == [STAY] * 3
    blocked = ROOM.copy()
    blocked[:, 1] = False
    assert list(islice(walk_to(blocked, Cell(0, 0), Cell(2, 2)), 3)) == [STAY] * 3


def test_running_right_never_ends() -> None:
    assert set(islice(run_right_jumping(), 999)) == {RIGHT_UP}
    assert list(islice(run_right_with_charged_jumps(2), 7)) == [8, 8, 7, 8, 8, 7, 8]


@pytest.mark.procgen
@pytest.mark.parametrize("mode", MODES)
def test_maze_scripts_reach_their_targets(make_batch: MakeBatch, mode: str) -> None:
    """In the test: the goal's script the cheese and no corner, the proxy's script the corner."""
    batch = make_batch(maze, 2, mode, look_for_arrivals=True)
    test = condition_of(batch.world, "test")
    assert batch.arrivals is not None
    played = 0
    for level in range(FIRST_LEVEL, FIRST_LEVEL + 25):
        state, sites = batch.prepare(level)
        if sites.rejected:
            continue
        played += 1
        goal = maze.script("goal", state, sites, "B")
        proxy = maze.script("proxy", state, sites, "B")
        assert goal is not None and proxy is not None
        for slot in range(2):
            batch.begin(slot, *batch.prepare(level), test, watch=["A", "B"])
        won = False
        while not won or "A" not in batch.arrivals.entered[1]:
            step = batch.step(np.array([STAY if won else next(goal), next(proxy)]))
            assert not step.timed_out.any()
            if not won:
                assert batch.arrivals.entered[0] == {}
                won = bool(step.ended[0])
                assert step.rewards[0] == (10.0 if won else 0.0)
            assert step.rewards[1] == 0.0
    assert played >= 10


@pytest.mark.procgen
@pytest.mark.parametrize("role", ["goal", "proxy", "nobody"])
def test_a_world_scripts_the_roles_it_names_and_no_other(make_batch: MakeBatch, role: str) -> None:
    for module in WORLDS:
        state, sites = make_batch(module).prepare(FIRST_LEVEL)
        script = module.script(role, state, sites, None)
        assert (script is not None) == (role in module.PAIR.oracles), module.NAME
        if script is not None:
            assert all(0 <= action < 15 for action in islice(script, 50))
