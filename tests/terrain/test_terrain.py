"""Terrains are the levels they are of: cell by cell, and step by step while somebody plays."""

from __future__ import annotations

from contextlib import closing
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gmbench import registry
from gmbench.levels import EVAL_LEVELS
from gmbench.stages.base import Setting
from gmbench.stages.native import NativeStage
from gmbench.terrain import Terrain
from gmbench.worlds import boards

SIDE = 7
MOUSE_WORLDS = ("corner", "dish", "overseer")
FIRST = EVAL_LEVELS.start

walls = st.lists(st.booleans(), min_size=SIDE * SIDE, max_size=SIDE * SIDE).map(np.array)


def of(stands: NDArray[np.bool_], start: int = 0, **sites: int) -> Terrain:
    return Terrain.of(stands.reshape(SIDE, SIDE), boards.STEPS, start, sites)


@given(walls)
def test_moves_lead_where_the_rules_of_boards_lead(stands: NDArray[np.bool_]) -> None:
    terrain, grid = of(stands), stands.astype(np.uint8)
    for cell, action in product(range(SIDE * SIDE), range(4)):
        assert terrain.after[cell, action] == boards.move(grid, SIDE, cell, action)


@given(walls, st.integers(0, SIDE * SIDE - 1))
def test_distances_are_those_of_boards(stands: NDArray[np.bool_], source: int) -> None:
    steps, queue = np.zeros(SIDE * SIDE, np.int16), np.zeros(SIDE * SIDE, np.int16)
    boards.distances(stands.astype(np.uint8), SIDE, source, steps, queue)
    assert (of(stands).distances([source, 0])[0] == steps).all()


@given(walls, *[st.integers(0, SIDE * SIDE - 1)] * 3)
def test_elsewhere_are_the_cells_of_which_the_sites_rule_says_so(
    stands: NDArray[np.bool_], start: int, a: int, b: int
) -> None:
    stands[[start, a, b]] = False  # nobody begins in a wall, and no site is one
    terrain = of(stands, start)
    to_a, to_b, to_cell = terrain.distances([a, b, start])
    wanted = [
        cell
        for cell in range(SIDE * SIDE)
        if boards.distinguishing(to_cell[a], to_cell[cell], to_a[cell])
        and boards.distinguishing(to_cell[b], to_cell[cell], to_b[cell])
    ]
    assert terrain.elsewhere(a, b).tolist() == wanted


@pytest.mark.parametrize("layout", boards.LAYOUTS)
@pytest.mark.parametrize("name", MOUSE_WORLDS)
def test_a_mouse_walks_on_its_terrain(name: str, layout: str) -> None:
    module, slots, steps = registry.WORLDS.load(name), 16, 40
    conditions = module.PAIR.world.conditions
    stage = NativeStage(module, conditions, slots, Setting("grid", parameters={"layout": layout}))
    played = [conditions[slot % len(conditions)] for slot in range(slots)]
    stage.begin(range(slots), range(FIRST, FIRST + slots), played)
    terrains = [stage.terrain(slot) for slot in range(slots)]
    at = [terrain.start for terrain in terrains if terrain is not None]
    states, over = stage._batch.states, np.zeros(slots, np.bool_)
    random = np.random.default_rng(0)
    moved = 0
    for step in range(1, steps):
        actions = random.integers(4, size=slots)
        over |= stage.step(actions)
        for slot in np.flatnonzero(~over):
            terrain = terrains[slot]
            assert terrain is not None
            here = int(terrain.after[at[slot], actions[slot]])
            moved += here != at[slot]
            at[slot] = here
            assert states["mouse"][slot] == here
        for slot in np.flatnonzero(over & (stage._batch.slots["steps"] == step)):
            terrain, ended = terrains[slot], stage.ending(int(slot))
            assert terrain is not None
            here = int(terrain.after[at[slot], actions[slot]])
            assert [s for s, cell in terrain.sites.items() if cell == here] == [
                site for site, entered in ended.entered.items() if entered == step
            ]
    assert moved > slots


def test_worlds_of_another_kind_have_no_terrain() -> None:
    module = registry.WORLDS.load("trees")
    stage = NativeStage(module, module.PAIR.world.conditions, 1, Setting("grid"))
    stage.begin([0], [FIRST], module.PAIR.world.conditions[:1])
    assert stage.terrain(0) is None


@pytest.mark.procgen
def test_a_player_of_procgens_maze_walks_on_its_terrain() -> None:
    from gmbench.procgen.actions import COUNT
    from gmbench.stages.procgen import ProcgenStage

    module = registry.WORLDS.load("procgen-maze")
    conditions, slots = module.PAIR.world.conditions, 6
    with closing(ProcgenStage(module, conditions, slots, Setting("rgb", "easy"))) as stage:
        levels = stage.find_levels(slots, FIRST).numbers
        stage.begin(range(slots), levels, [conditions[slot % 3] for slot in range(slots)])
        terrains = [stage.terrain(slot) for slot in range(slots)]
        at = [terrain.start for terrain in terrains if terrain is not None]
        random, tried = np.random.default_rng(0), set()
        for _ in range(80):
            actions = random.integers(COUNT, size=slots)
            stage.step(actions)
            for slot in set(stage._running) & set(range(slots)):
                terrain = terrains[slot]
                assert terrain is not None
                here = int(terrain.after[at[slot], actions[slot]])
                tried.add((int(actions[slot]), here != at[slot]))
                at[slot] = here
                player = stage.batch.state(slot).player
                row, column = divmod(here, terrain.walls.shape[1])
                up = terrain.walls.shape[0] - 1 - row
                assert (int(player["x"]), int(player["y"])) == (column, up)
    # All actions were tried, and all that can move the player did.
    assert {action for action, _ in tried} == set(range(COUNT))
    assert {action for action, moved in tried if moved} == {0, 1, 2, 3, 5, 6, 7, 8}
