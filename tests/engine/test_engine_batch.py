"""A batch, as its caller sees it: what begins, what ends, and what is handed out."""

from __future__ import annotations

from typing import Any

import lane_world as lane
import numpy as np
import pytest
from engine_worlds import changed_lane, load, walk

from gmbench.engine.batch import Batch
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS

MIDDLE = 4
HOLD = -1


def orders(*actions: int) -> np.ndarray:
    return np.array(actions)


def places(observations: np.ndarray) -> list[int]:
    """Where the walkers are, by their plane."""
    assert (observations[:, 0].sum(axis=(1, 2)) == 1).all()
    return [int(place) for place in observations[:, 0].reshape(len(observations), -1).argmax(1)]


def begun(n: int = 1, condition: int = 0, **options: Any) -> Batch:
    batch = Batch(lane, n, **options)
    batch.begin(range(n), range(n), [condition] * n)
    return batch


def test_a_level_begins_as_its_rule_says() -> None:
    batch = Batch(lane, 3)
    seen = batch.begin([0, 2], [17, EVAL_LEVELS.start], [1, 2])
    assert seen.shape == (3, 2, 1, 9) and seen.dtype == np.uint8
    assert places(seen[[0, 2]]) == [MIDDLE, MIDDLE]
    assert batch.slots["level"][[0, 2]].tolist() == [17, EVAL_LEVELS.start]
    assert batch.states["condition"][[0, 2]].tolist() == [1, 2]
    assert batch.states["goal"][[0, 2]].tolist() == [MIDDLE + 3, -1]
    assert batch.slots["over"].tolist() == [0, 1, 0]
    assert batch.slots["limit"][0] == lane.LIMIT


def test_a_step_moves_and_pays() -> None:
    batch = begun(2)
    for _ in range(2):
        result = batch.step(orders(lane.LEFT, lane.RIGHT))
    assert result.rewards.tolist() == [0, 0] and result.rewards.dtype == np.float32
    result = batch.step(orders(lane.LEFT, lane.RIGHT))
    assert result.rewards.tolist() == [lane.GIFT, 0]
    assert places(result.observations) == [MIDDLE - 3, MIDDLE + 3]
    assert not result.terminated.any() and not result.truncated.any()
    assert result.terminated.dtype == result.truncated.dtype == np.bool_
    assert batch.slots["first"][:, :2].tolist() == [[3, 0], [0, 3]]


def test_an_event_keeps_its_first_step() -> None:
    batch = begun()
    for action in (lane.LEFT,) * 3 + (lane.RIGHT, lane.LEFT):
        batch.step(orders(action))
    assert batch.slots["first"][0, 0] == 3


@pytest.mark.parametrize(
    ("action", "reward", "over"), [(lane.QUIT, 0.0, 1), (lane.DIE, -1.0, 2)], ids=["quit", "die"]
)
def test_the_games_end_is_told_from_death(action: int, reward: float, over: int) -> None:
    batch = begun(autoreset=False)
    result = batch.step(orders(action))
    assert result.rewards.tolist() == [reward]
    assert result.terminated[0] and not result.truncated[0]
    assert batch.slots["over"][0] == over


def test_without_autoreset_what_is_over_waits() -> None:
    batch = begun(2, autoreset=False)
    batch.step(orders(lane.QUIT, lane.RIGHT))
    before = batch.states[0].copy()
    result = batch.step(orders(lane.LEFT, lane.LEFT))
    assert batch.states[0] == before and batch.slots["steps"].tolist() == [1, 2]
    assert not result.terminated.any() and result.rewards.tolist() == [0, 0]
    assert places(result.observations) == [MIDDLE, MIDDLE]


def test_training_truncates_at_the_limit() -> None:
    batch = begun(autoreset=False)
    for step in range(1, lane.LIMIT + 1):
        result = batch.step(orders(lane.STAY))
        assert result.truncated[0] == (step == lane.LIMIT) and not result.terminated[0]
    assert batch.slots["over"][0] == 1


def test_an_end_at_the_limit_is_no_truncation() -> None:
    batch = begun(autoreset=False)
    for _ in range(lane.LIMIT - 1):
        batch.step(orders(lane.STAY))
    result = batch.step(orders(lane.QUIT))
    assert result.terminated[0] and not result.truncated[0]


def test_autoreset_begins_the_next_level_and_keeps_the_last_observation() -> None:
    batch = Batch(lane, 2)
    batch.stream(5)
    batch.reset()
    first = batch.slots["level"].tolist()
    batch.step(orders(lane.LEFT, lane.LEFT))
    result = batch.step(orders(lane.QUIT, lane.LEFT))
    assert result.terminated.tolist() == [True, False]
    assert places(result.observations) == [MIDDLE, MIDDLE - 2]
    assert places(result.last[:1]) == [MIDDLE - 1]
    assert batch.slots["last_level"][0] == first[0] and batch.slots["last_steps"][0] == 2
    assert batch.slots["level"][0] != first[0] and batch.slots["level"][1] == first[1]
    assert batch.slots["steps"].tolist() == [0, 2] and batch.slots["over"].tolist() == [0, 0]
    assert batch.slots["first"][0].tolist() == [0] * 8


def test_a_new_level_keeps_nothing_of_the_one_before() -> None:
    batch, fresh = Batch(lane, 1), Batch(lane, 1)
    for played in (batch, fresh):
        played.begin([0], [3], [1])
        if played is batch:
            for action in (lane.RIGHT,) * 4 + (lane.LEFT,) * 4:
                batch.step(orders(action))
            assert batch.slots["first"][0, 1] == 3
            batch.begin([0], [3], [1])
    assert batch.states[0] == fresh.states[0]
    assert batch.slots["first"].tolist() == [[0] * 8]
    assert batch.observe().tobytes() == fresh.observe().tobytes()


def test_a_rejected_draw_is_drawn_again() -> None:
    batch = begun(4096)
    attempts = batch.slots["attempts"]
    assert attempts.min() == 1
    # Three draws in four are accepted, so a level takes 4/3 on average.
    assert abs(attempts.mean() - 4 / 3) < 5 * (2 / 3) / 64
    assert len(np.unique(batch.states["key"])) == 4096


def test_reset_pins_the_levels_it_is_given() -> None:
    batch = Batch(lane, 3)
    batch.stream(0, condition=1)
    batch.reset([None, 12, EVAL_LEVELS.stop - 1])
    assert batch.slots["level"].tolist()[1:] == [12, EVAL_LEVELS.stop - 1]
    assert batch.slots["condition"].tolist() == [1, 1, 1]
    assert batch.slots["draws"].tolist() == [1, 0, 0]


def test_begin_next_takes_the_streams_next_levels_in_some_slots() -> None:
    batch, other = Batch(lane, 3), Batch(lane, 3)
    for played in (batch, other):
        played.stream(9)
        played.reset()
    before = batch.slots["level"].copy()
    batch.begin_next([1])
    other.reset()
    assert batch.slots["level"].tolist() == [before[0], other.slots["level"][1], before[2]]


@pytest.mark.parametrize("obs", ["grid", "rgb", "none"])
def test_an_array_survives_the_next_two_steps(obs: str) -> None:
    batch = Batch(lane, 5, obs=obs)
    batch.reset()
    kept: list[tuple[Any, list[bytes]]] = []
    for action in walk(lane, 5, 40):
        result = batch.step(action)
        for old, was in kept:
            assert [array.tobytes() for array in old] == was
        kept = [*kept[-1:], (result, [array.tobytes() for array in result])]


def test_looking_again_takes_the_place_of_the_last_look() -> None:
    batch = Batch(lane, 2)
    start = batch.reset()
    kept, moved = start.copy(), batch.step(orders(lane.LEFT, lane.LEFT)).observations
    was = moved.copy()
    assert np.shares_memory(batch.begin_next([0], again=True), moved)
    assert not (moved[0] == was[0]).all() and (moved[1] == was[1]).all()
    assert not np.shares_memory(batch.observe(), moved) and (start == kept).all()


@pytest.mark.parametrize("obs", ["grid", "rgb", "none"])
def test_observing_changes_nothing(obs: str) -> None:
    batch = Batch(lane, 4, obs=obs)
    seen = batch.reset().copy()
    before = batch.states.copy()
    assert batch.observe().tobytes() == seen.tobytes() and (batch.states == before).all()
    assert seen.shape == (4, *batch.observation_shape)


def test_holding_a_slot_leaves_it_alone() -> None:
    batch = begun(2)
    for _ in range(3):
        paid = batch.step(orders(lane.LEFT, lane.LEFT))
    assert paid.rewards.tolist() == [lane.GIFT, lane.GIFT]
    result = batch.step(orders(HOLD, lane.RIGHT))
    assert places(result.observations) == [MIDDLE - 3, MIDDLE - 2]
    assert batch.slots["steps"].tolist() == [3, 4]
    assert result.rewards.tolist() == [0, 0]  # what was paid is not paid again


def test_rgb_shows_the_tiles() -> None:
    batch = Batch(lane, 1, obs="rgb")
    seen = batch.reset()
    floor, walker, margin = 40, 220, 0x2A
    assert seen.shape == (1, 64, 64, 3)
    lane_of_tiles = [floor] * 16 + [walker] * 4 + [floor] * 16
    assert seen[0, 28, :, 0].tolist() == [margin] * 12 + lane_of_tiles + [margin] * 16
    assert (seen[0, 28:32] == seen[0, 28]).all()
    assert (seen[0, :28] == margin).all() and (seen[0, 32:] == margin).all()


@pytest.mark.parametrize("tile", [4, 8, 12])
def test_pictures_for_people_show_the_same_at_any_size(tile: int) -> None:
    batch = Batch(lane, 2)
    batch.begin([0, 1], [1, 2], [0, 1])
    batch.step(orders(lane.LEFT, lane.RIGHT))
    frames = batch.frames(tile)
    height, width = (64, 64) if tile == 4 else (tile, 9 * tile)
    assert frames.shape == (2, height, width, 3)
    assert (frames == 220).sum(axis=(1, 2, 3)).tolist() == [3 * tile * tile] * 2


def test_pictures_of_a_batch_with_wide_tiles() -> None:
    batch = Batch(lane, 1, obs="rgb", tile=8)
    assert batch.reset().shape == (1, 8, 72, 3)
    assert batch.frames(12).shape == (1, 12, 108, 3)
    assert (batch.frames(8) == batch.observe()).all()


def test_the_oracle_speaks_for_slots_that_play() -> None:
    batch = Batch(lane, 4, autoreset=False)
    batch.begin([0, 1, 2], [1, 2, 3], [0, 1, 2])
    assert batch.oracle(0).tolist() == [lane.LEFT, lane.RIGHT, lane.STAY, 0]
    assert batch.oracle(1).tolist() == [lane.LEFT, lane.LEFT, lane.LEFT, 0]
    assert batch.oracle(0).dtype == np.int64
    result = batch.step(batch.oracle(1))
    assert places(result.observations[:3]) == [MIDDLE - 1] * 3


def test_autoreset_may_be_switched_while_it_plays() -> None:
    batch = begun()
    batch.autoreset = False
    batch.step(orders(lane.QUIT))
    assert batch.slots["over"][0] == 1 and not batch.autoreset
    batch.autoreset = True
    batch.begin_next([0])
    batch.step(orders(lane.QUIT))
    assert batch.slots["over"][0] == 0


def test_a_hopeless_filter_is_named(tmp_path: Any) -> None:
    never = ("below(key, 2, 0, 4) > 0", "below(key, 2, 0, 4) > 4")
    batch = Batch(load(changed_lane(tmp_path, "lane_hopeless", never)), 2)
    with pytest.raises(UsageError, match="lane-hopeless: its filter accepts none of 100000 draws"):
        batch.reset([5, 6])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"obs": "pixels"}, "obs='pixels': choose one of none, grid, rgb"),
        ({"num_envs": 0}, "num_envs=0: a batch has one slot at least"),
        ({"threads": 0}, "threads=0: choose 1 to"),
        ({"threads": 10_000}, "threads=10000: choose 1 to"),
        ({"obs": "rgb", "tile": 6}, "tile=6: cells are drawn in multiples of 4 pixels"),
        ({"parameters": {"cells": 3}}, "lane: cells='3' is not allowed; choose 7 to 99"),
        ({"parameters": {"floor": "wet"}}, "lane: floor='wet' is not allowed; choose plain, tiled"),
        ({"parameters": {"cell": 9}}, "lane has no parameter 'cell'; did you mean cells?"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        Batch(lane, **{"num_envs": 1, **options})


@pytest.mark.bad_input
@pytest.mark.parametrize("level", [-1, 2**31 - 1, 2**40])
def test_a_level_that_cannot_be_is_refused(level: int) -> None:
    batch = Batch(lane, 2)
    with pytest.raises(UsageError, match=f"level {level} lies outside 0..2147483646"):
        batch.begin([0], [level], [0])
    with pytest.raises(UsageError, match=f"level {level} lies outside"):
        batch.reset([None, level])


@pytest.mark.bad_input
def test_levels_for_too_few_slots_are_refused() -> None:
    with pytest.raises(UsageError, match="1 levels for 2 slots; give one a slot"):
        Batch(lane, 2).reset([3])
