"""Slots: each on its own level, in its own condition, none disturbed by another's start."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from procgen_games import (
    FIRST_LEVEL,
    GAMES,
    MODES,
    STOCK,
    WORLDS,
    MakeBatch,
    condition_of,
    stock,
    world_of,
)

from gmbench.errors import StateError, UsageError
from gmbench.procgen.batch import ProcgenBatch
from gmbench.procgen.conditions import Cell, goal_cell
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ProcgenState

pytestmark = pytest.mark.procgen

LEVELS = (0, 2**30, 2**31 - 2)


def start(batch: ProcgenBatch, slot: int, level: int) -> None:
    batch.begin(slot, *batch.prepare(level), STOCK)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("game", GAMES)
def test_a_start_is_the_same_in_any_slot_order_and_batch(
    make_batch: MakeBatch, game: str, mode: str
) -> None:
    rng = np.random.default_rng(3)
    seen: dict[int, set[tuple[bytes, bytes]]] = {level: set() for level in LEVELS}
    for num_envs in (1, 4):
        batch = make_batch(world_of(game), num_envs, mode, stock)
        for level in rng.permutation(np.repeat(LEVELS, 3)):
            slot = int(rng.integers(num_envs))
            start(batch, slot, int(level))
            frame = batch.observe()[slot].tobytes()
            seen[int(level)].add((batch.state(slot).to_bytes(), frame))
            batch.step(rng.integers(0, 15, num_envs))
    assert [len(states) for states in seen.values()] == [1, 1, 1]
    assert len({state for states in seen.values() for state in states}) == len(LEVELS)


@pytest.mark.parametrize("game", GAMES)
def test_starting_a_slot_leaves_the_others_alone(make_batch: MakeBatch, game: str) -> None:
    batch = make_batch(world_of(game), 3, "hard", stock, look_for_arrivals=True)
    for slot in range(3):
        start(batch, slot, slot)
    rng = np.random.default_rng(0)
    for slot in (1, 0, 2, 1):
        for _ in range(5):
            batch.step(rng.integers(0, 15, 3))
        others = [other for other in range(3) if other != slot]
        before = [batch.state(other).to_bytes() for other in others]
        frames = batch.observe()[others]
        start(batch, slot, 100 + slot)
        assert [batch.state(other).to_bytes() for other in others] == before
        assert np.array_equal(batch.observe()[others], frames)
        assert batch.state(slot).progress["cur_time"] == 0


def test_play_after_a_start_does_not_hang_on_what_was_played_before(make_batch: MakeBatch) -> None:
    actions = np.random.default_rng(1).integers(0, 15, (60, 1))
    for game in GAMES:
        batch = make_batch(world_of(game), 1, "hard", stock)
        runs = []
        for earlier_level in (7, 8):
            start(batch, 0, earlier_level)
            batch.step(actions[0])
            start(batch, 0, 9)
            steps = [batch.step(action) for action in actions]
            runs.append([(step.rewards[0], step.observations.tobytes()) for step in steps])
        assert runs[0] == runs[1], game


@pytest.mark.parametrize(("game", "deadline"), [("coinrun", 999), ("maze", 499)])
def test_the_last_frame_before_the_deadline_is_the_true_one(
    make_batch: MakeBatch, game: str, deadline: int
) -> None:
    """One step before Procgen's own time-out the level is still the same level."""
    batch = make_batch(world_of(game), 2, "easy", stock)
    start(batch, 0, 1)
    stay = np.array([4, 4])
    for _ in range(10):
        batch.step(stay)
    start(batch, 1, 1)
    assert batch.deadline(0) == deadline
    for step_number in range(11, deadline + 1):
        step = batch.step(stay)
        assert step.timed_out[0] == (step_number == deadline)
        assert not step.timed_out[1]
        assert not step.ended.any()
    assert batch.state(0).progress["cur_time"] == deadline
    assert batch.state(0).progress["current_level_seed"] == 1


def test_frames_handed_out_are_never_written_to_again(make_batch: MakeBatch) -> None:
    batch = make_batch(world_of("coinrun"), 2, "easy", stock)
    start(batch, 0, 1)
    start(batch, 1, 2)
    step = batch.step(np.array([7, 8]))
    kept: list[NDArray[Any]] = [step.observations, step.rewards, step.ended, batch.observe()]
    copies = [array.copy() for array in kept]
    for _ in range(5):
        batch.step(np.array([7, 8]))
        start(batch, 0, 3)
        batch.observe()
    for array, copy in zip(kept, copies, strict=True):
        assert np.array_equal(array, copy)


# --- The moved goal is the goal ---------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_moved_cheese_pays_at_the_end_of_the_script(make_batch: MakeBatch, mode: str) -> None:
    module = next(module for module in WORLDS if module.NAME == "procgen-maze")
    batch = make_batch(module, 1, mode)
    played = 0
    for level in range(FIRST_LEVEL, FIRST_LEVEL + 12):
        for name in ("train", "test"):
            state, sites = batch.prepare(level)
            if sites.rejected:
                continue
            condition = condition_of(batch.world, name)
            script = module.script("goal", state, sites, condition.goal)
            batch.begin(0, state, sites, condition)
            rewards = []
            while True:
                step = batch.step(np.array([next(script)]))
                rewards.append(float(step.rewards[0]))
                assert not step.timed_out[0]
                if step.ended[0]:
                    break
            assert rewards[-1] == 10.0
            assert not any(rewards[:-1])
            played += 1
    assert played >= 10


STANDS_ON = {"coinrun": (15, 16), "ninja": (20,), "jumper": (6, 7)}
# The maze is above, by its script; caveflyer below, in flight.
WALKED = [module for module in WORLDS if module.PAIR.world.game in STANDS_ON]
APPROACHES = {Cell(-1, 0): 7, Cell(1, 0): 1}  # from the left go right, from the right go left


def a_way_in(state: ProcgenState, b: Cell) -> tuple[Cell, int] | None:
    """A cell beside B on which the player can stand, and the action that leads into B."""
    for (dx, dy), action in APPROACHES.items():
        cell = Cell(b.x + dx, b.y + dy)
        free = state.grid[cell.y, cell.x] == 100
        ground = state.grid[cell.y - 1, cell.x] in STANDS_ON[state.game]
        near = [e for e in state.entities[1:] if abs(e["x"] - cell.x - 0.5) < 2.5]
        if free and ground and not any(abs(e["y"] - cell.y) < 3 for e in near):
            return cell, action
    return None


@pytest.mark.parametrize("module", WALKED, ids=[module.NAME for module in WALKED])
def test_walking_into_the_moved_goal_pays_and_ends_the_level(
    make_batch: MakeBatch, module: ModuleType
) -> None:
    batch = make_batch(module)
    paid = 0
    for level in range(FIRST_LEVEL, FIRST_LEVEL + 400):
        state, sites = batch.prepare(level)
        found = None if sites.rejected else a_way_in(state, sites.cells["B"])
        if found is None:
            continue
        beside = Sites(sites.cells, start=found[0], without=sites.without)
        batch.begin(0, state, beside, condition_of(batch.world, "test"))
        rewards = []
        for _ in range(8):
            step = batch.step(np.array([found[1]]))
            rewards.append(float(step.rewards[0]))
            if step.ended[0]:
                break
        assert rewards[-1] == 10.0, level
        assert not any(rewards[:-1])
        assert step.ended[0]
        paid += 1
        if paid == 8:
            return
    pytest.fail(f"only {paid} levels in which B can be walked into from beside it")


def test_flying_into_the_moved_ship_pays_and_ends_the_level(make_batch: MakeBatch) -> None:
    module = next(module for module in WORLDS if module.PAIR.world.game == "caveflyer")
    batch = make_batch(module)
    paid = 0
    for level in range(FIRST_LEVEL, FIRST_LEVEL + 20):
        state, sites = batch.prepare(level)
        b = sites.cells.get("B")
        if b is None or state.grid[b.y - 1, b.x] != 100:
            continue
        state.player["x"], state.player["y"] = b.x + 0.5, b.y - 0.5  # below it, nose up
        batch.begin(0, state, sites, condition_of(batch.world, "test"))
        rewards = [float(batch.step(np.array([5])).rewards[0]) for _ in range(6)]
        assert sorted(rewards) == [0, 0, 0, 0, 0, 10.0]
        paid += 1
    assert paid >= 8


# --- What a batch refuses ---------------------------------------------------------------------


@pytest.mark.bad_input
@pytest.mark.parametrize("level", [-1, 2**31 - 1, 2**32], ids=["negative", "past int32", "past 32"])
def test_levels_that_do_not_exist_are_refused(make_batch: MakeBatch, level: int) -> None:
    batch = make_batch(world_of("maze"), rule=stock)
    with pytest.raises(UsageError, match=f"level {level} lies outside 0..2147483646"):
        batch.prepare(level)


@pytest.mark.bad_input
def test_unknown_modes_are_refused(make_batch: MakeBatch) -> None:
    with pytest.raises(UsageError, match="unknown mode 'extreme' for procgen-.*; known: easy"):
        make_batch(world_of("maze"), mode="extreme", rule=stock)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("game", "mode", "message"),
    [
        ("maze", "easy", "of maze easy, but the games play coinrun easy"),
        ("coinrun", "hard", "of coinrun hard, but the games play coinrun easy"),
    ],
    ids=["another game", "another mode"],
)
def test_start_states_from_elsewhere_are_refused(
    make_batch: MakeBatch, game: str, mode: str, message: str
) -> None:
    batch = make_batch(world_of("coinrun"), rule=stock)
    start(batch, 0, 5)
    before = batch.state(0).to_bytes()
    state, sites = make_batch(world_of(game), mode=mode, rule=stock).prepare(5)
    with pytest.raises(StateError, match=message):
        batch.begin(0, state, sites, STOCK)
    assert batch.state(0).to_bytes() == before


@pytest.mark.bad_input
@pytest.mark.parametrize("cell", [Cell(64, 5), Cell(-1, 5)], ids=["beyond", "negative"])
def test_goals_outside_the_grid_are_refused(make_batch: MakeBatch, cell: Cell) -> None:
    batch = make_batch(world_of("coinrun"), rule=stock)
    state, _ = batch.prepare(5)
    with pytest.raises(StateError, match="outside the grid of 64x64"):
        batch.begin(0, state, Sites({"A": cell}), STOCK)


@pytest.mark.bad_input
def test_start_states_spoilt_by_a_world_are_refused(make_batch: MakeBatch) -> None:
    batch = make_batch(world_of("jumper"), rule=stock)
    state, sites = batch.prepare(5)
    state.entities["image_theme"] = 9
    with pytest.raises(StateError, match="image theme"):
        batch.begin(0, state, sites, STOCK)
    assert goal_cell(state) == sites.cells["A"]
