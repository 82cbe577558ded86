"""Which levels training draws, and in which condition each is played."""

from __future__ import annotations

from collections.abc import Sequence

import lane_world as lane
import numpy as np
import pytest
from numpy.typing import NDArray

from gmbench.engine.batch import Batch
from gmbench.engine.chance import in_share
from gmbench.levels import EVAL_LEVELS, TRAIN_LEVELS

SLOTS = 512
QUIT = np.full(SLOTS, lane.QUIT)


def drawn(batch: Batch, rounds: int = 8) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Levels and conditions of shape (rounds, slots): by a reset, then by autoreset."""
    batch.reset()
    levels, conditions = [], []
    for _ in range(rounds):
        levels.append(batch.slots["level"].copy())
        conditions.append(batch.slots["condition"].copy())
        batch.step(QUIT[: batch.num_envs])
    return np.stack(levels), np.stack(conditions)


def shared(levels: Sequence[int], alpha: float) -> list[bool]:
    return [in_share(level, round(alpha * 2**32)) for level in levels]


def test_training_levels_come_from_the_whole_range_and_no_other() -> None:
    levels, conditions = drawn(Batch(lane, SLOTS))
    assert levels.min() >= TRAIN_LEVELS.start and levels.max() < TRAIN_LEVELS.stop
    quarters = np.bincount(levels.ravel() // (len(TRAIN_LEVELS) // 4), minlength=4)
    assert (abs(quarters - levels.size / 4) < 6 * np.sqrt(levels.size)).all()
    # 4096 of 2^30 levels: a pair or none is drawn twice.
    assert len(np.unique(levels)) >= levels.size - 1
    assert (conditions == 0).all()


def test_a_stream_is_named_by_its_seed() -> None:
    batch = Batch(lane, 8)
    seeds = (0, 1, 2, 3, 2**32, 2**40, 2**62)
    runs = []
    for seed in (*seeds, *seeds):
        batch.stream(seed)
        runs.append(drawn(batch)[0].tobytes())
    assert runs[: len(seeds)] == runs[len(seeds) :]
    assert len(set(runs)) == len(seeds)


def test_a_slots_stream_does_not_depend_on_how_many_there_are() -> None:
    few, many = drawn(Batch(lane, 3))[0], drawn(Batch(lane, SLOTS))[0]
    assert (few == many[:, :3]).all()


@pytest.mark.parametrize("alpha", [0.0, 0.01, 0.1, 0.5, 1.0])
def test_alpha_is_the_share_of_levels_by_their_hash(alpha: float) -> None:
    batch = Batch(lane, SLOTS)
    batch.stream(1, alpha=alpha, alpha_conditions=[1])
    levels, conditions = (part.ravel() for part in drawn(batch))
    assert conditions.tolist() == [int(inside) for inside in shared(levels, alpha)]
    spread = 5 * np.sqrt(alpha * (1 - alpha) / levels.size)
    assert abs(conditions.mean() - alpha) <= spread


def test_the_share_is_drawn_evenly_from_its_conditions() -> None:
    batch = Batch(lane, SLOTS)
    batch.stream(1, alpha=0.5, alpha_conditions=[1, 2])
    levels, conditions = (part.ravel() for part in drawn(batch))
    assert (conditions > 0).tolist() == shared(levels, 0.5)
    ones, twos = (conditions == 1).sum(), (conditions == 2).sum()
    assert abs(int(ones) - int(twos)) < 5 * np.sqrt(ones + twos)


def test_a_level_is_always_played_in_the_same_condition() -> None:
    batch = Batch(lane, SLOTS)
    batch.stream(2, alpha=0.5, alpha_conditions=[1, 2])
    batch.reset()
    levels, conditions = batch.slots["level"].tolist(), batch.slots["condition"].tolist()
    batch.reset(levels[::-1])
    assert batch.slots["condition"].tolist() == conditions[::-1]


def test_the_rest_is_played_in_the_streams_condition() -> None:
    batch = Batch(lane, SLOTS)
    batch.stream(1, condition=2, alpha=0.25, alpha_conditions=[1])
    levels, conditions = (part.ravel() for part in drawn(batch))
    assert conditions.tolist() == [1 if inside else 2 for inside in shared(levels, 0.25)]


@pytest.mark.parametrize(
    "allowed",
    [range(5), range(100, 103), range(0, 12, 4), [7, 2**30 - 1, 9], [EVAL_LEVELS.stop - 1]],
    ids=str,
)
def test_levels_come_from_a_list_where_there_is_one(allowed: Sequence[int]) -> None:
    batch = Batch(lane, SLOTS)
    batch.stream(0, allowed=allowed)
    levels, _ = drawn(batch, rounds=4)
    assert set(levels.ravel().tolist()) == set(allowed)
    if len(allowed) > 1:
        counts = np.unique(levels, return_counts=True)[1]
        expected = levels.size / len(allowed)
        assert (abs(counts - expected) < 6 * np.sqrt(expected)).all()


def test_a_new_stream_forgets_the_list_before() -> None:
    batch = Batch(lane, SLOTS)
    batch.stream(0, allowed=[3])
    batch.stream(0)
    assert len(np.unique(drawn(batch)[0])) > SLOTS


def test_pinning_a_level_takes_nothing_from_the_stream() -> None:
    batch, other = Batch(lane, 4), Batch(lane, 4)
    batch.reset([1, 2, 3, 4])
    assert (drawn(batch)[0] == drawn(other)[0]).all()
