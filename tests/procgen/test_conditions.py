"""Two conditions of a level differ in the intervened site and in nothing else."""

from __future__ import annotations

from itertools import combinations, count
from types import ModuleType

import numpy as np
import pytest
from procgen_games import FIRST_LEVEL, NAMES, WORLDS, MakeBatch

from gmbench.errors import StateError
from gmbench.procgen.batch import ProcgenBatch
from gmbench.procgen.conditions import (
    GOAL_CELL,
    GOAL_ENTITY,
    SPACE,
    Cell,
    goal_cell,
    place_goal,
)
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ENTITY, ProcgenState, parse
from gmbench.specs import Condition

pytestmark = pytest.mark.procgen

GRID_END = 4  # bytes of the end mark


def starts(batch: ProcgenBatch, level: int) -> dict[Condition, tuple[ProcgenState, Sites]]:
    """The start state the library holds, for every condition; each is prepared anew."""
    found = {}
    for slot, condition in enumerate(batch.world.conditions):
        prepared, sites = batch.prepare(level)
        batch.begin(slot, prepared, sites, condition)
        found[condition] = batch.state(slot), sites
    return found


def differing_bytes(one: ProcgenState, other: ProcgenState) -> set[int]:
    first, second = (np.frombuffer(s.to_bytes(), dtype=np.uint8) for s in (one, other))
    assert len(first) == len(second)
    return set(np.flatnonzero(first != second).tolist())


def bytes_of_cell(state: ProcgenState, cell: Cell) -> set[int]:
    """Where a grid cell lies in the state's bytes, counted from their end."""
    height, width = state.grid.shape
    tail = state.own.nbytes + GRID_END
    at = len(state.to_bytes()) - tail - 4 * (width * height - (cell.y * width + cell.x))
    return set(range(at, at + 4))


def bytes_of_goal_position(state: ProcgenState) -> set[int]:
    """Where x and y of the goal's entity lie in the state's bytes, counted from the entities'."""
    (index,) = np.flatnonzero(state.entities["type"] == GOAL_ENTITY)
    at = state.to_bytes().index(state.entities.tobytes()) + int(index) * ENTITY.itemsize
    return set(range(at, at + 8))


def assert_only_the_goal_differs(
    one: tuple[ProcgenState, Condition, Sites], other: tuple[ProcgenState, Condition, Sites]
) -> None:
    (first, condition, sites), (second, second_condition, second_sites) = one, other
    assert sites == second_sites
    assert first.player.tobytes() == second.player.tobytes()
    if condition.goal == second_condition.goal:
        assert first.to_bytes() == second.to_bytes()
        return
    if first.game in GOAL_CELL:
        goals = [c.goal for c in (condition, second_condition) if c.goal is not None]
        allowed = [bytes_of_cell(first, sites.cells[goal]) for goal in goals]
    elif None in (condition.goal, second_condition.goal):
        # The entity is gone, so lengths differ; all that remains is equal.
        kept = [s.entities[s.entities["type"] != GOAL_ENTITY] for s in (first, second)]
        assert abs(len(first.entities) - len(second.entities)) == 1
        first.entities, second.entities = kept
        assert first.to_bytes() == second.to_bytes()
        return
    else:
        allowed = [bytes_of_goal_position(first)]
    differing = differing_bytes(first, second)
    assert differing <= set().union(*allowed)
    if len(set(sites.cells.values())) == len(sites.cells):
        assert all(differing & part for part in allowed)


def check_levels(batch: ProcgenBatch, accepted: int) -> None:
    seen = 0
    for level in count(FIRST_LEVEL):
        sites = batch.prepare(level)[1]
        if sites.rejected:
            continue
        found = starts(batch, level)
        for condition, (state, sites) in found.items():
            assert state.progress["current_level_seed"] == level
            if condition.goal is not None:
                assert goal_cell(state) == sites.cells[condition.goal]
        for (one, (state, sites)), (other, (second, second_sites)) in combinations(
            found.items(), 2
        ):
            assert_only_the_goal_differs(
                (state.copy(), one, sites), (second.copy(), other, second_sites)
            )
        seen += 1
        if seen == accepted:
            return


@pytest.mark.parametrize("module", WORLDS, ids=NAMES)
def test_conditions_differ_in_the_goal_alone(make_batch: MakeBatch, module: ModuleType) -> None:
    check_levels(make_batch(module, len(module.PAIR.world.conditions)), 60)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["easy", "hard"])
@pytest.mark.parametrize("module", WORLDS, ids=NAMES)
def test_conditions_differ_in_the_goal_alone_on_a_thousand_levels(
    make_batch: MakeBatch, module: ModuleType, mode: str
) -> None:
    check_levels(make_batch(module, len(module.PAIR.world.conditions), mode), 1000)


@pytest.mark.parametrize("module", WORLDS, ids=NAMES)
def test_the_goal_at_b_is_seen_where_it_is_in_view(
    make_batch: MakeBatch, module: ModuleType
) -> None:
    """Frames under train and test differ in some levels, and only where goals come into view."""
    batch = make_batch(module, 2)
    train, test = batch.world.conditions[:2]
    differing = 0
    for level in range(FIRST_LEVEL, FIRST_LEVEL + 60):
        if batch.prepare(level)[1].rejected:
            continue
        for slot, condition in enumerate((train, test)):
            batch.begin(slot, *batch.prepare(level), condition)
        frames = batch.observe()
        differing += not np.array_equal(frames[0], frames[1])
    assert differing >= 5


def test_the_goal_of_a_state_is_found_and_moved(
    real_states: dict[tuple[str, str], list[bytes]],
) -> None:
    for (game, _), states in real_states.items():
        state = parse(states[0])
        before = state.copy()
        old = goal_cell(state)
        height, width = state.grid.shape
        moved = Cell(width // 2, height // 2)
        place_goal(state, moved)
        assert goal_cell(state) == moved
        if game in GOAL_CELL:
            assert state.grid[old.y, old.x] == SPACE
        place_goal(state, old)
        if before.grid[moved.y, moved.x] == SPACE and game in GOAL_CELL:
            assert state.to_bytes() == before.to_bytes()


@pytest.mark.bad_input
def test_a_state_without_a_goal_is_refused(
    real_states: dict[tuple[str, str], list[bytes]],
) -> None:
    state = parse(real_states["maze", "easy"][0])
    place_goal(state, None)
    with pytest.raises(StateError, match="a maze start state must hold one goal, found 0"):
        place_goal(state, Cell(3, 3))


@pytest.mark.bad_input
def test_jumper_cannot_lose_its_carrot(
    real_states: dict[tuple[str, str], list[bytes]],
) -> None:
    state = parse(real_states["jumper", "easy"][0])
    with pytest.raises(StateError, match="jumper cannot be played without a goal"):
        place_goal(state, None)
