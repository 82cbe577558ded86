"""Same level, same actions: the same bytes on any number of threads, in a batch of any size."""

from __future__ import annotations

import numpy as np
import pytest
from engine_worlds import every_native_world, walk
from numpy.typing import NDArray

from gmbench.engine.batch import Batch
from gmbench.registry import WORLDS

MANY = 4096
STEPS = 24
SPLITS = {"1 thread": (MANY, 1), "batch of 7": (7, 2), "batch of 1": (1, 2)}


def told(world: str, slots: NDArray[np.int64], threads: int, obs: str) -> list[NDArray[np.uint8]]:
    """All that is told of some of the many slots, played in a batch of their own.

    A slot plays evaluation level 2^30 + slot, in its condition, by its own random walk.

    Returns:
        For every step one row of bytes a slot.
    """
    module = WORLDS.load(world)
    n, conditions = len(slots), len(module.PAIR.world.conditions)
    batch = Batch(module, n, obs=obs, threads=threads, autoreset=False)
    batch.begin(range(n), slots + 2**30, slots % conditions)
    actions = walk(module, MANY, STEPS)[:, slots]
    rows = []
    for action in actions:
        result = batch.step(action)
        parts = [result.observations, result.rewards, result.terminated, result.truncated]
        parts += [batch.states[name] for name in batch.states.dtype.names or ()]
        parts += [batch.slots[name] for name in ("steps", "over", "first", "limit", "attempts")]
        rows.append(
            np.hstack([np.ascontiguousarray(p).reshape(n, -1).view(np.uint8) for p in parts])
        )
    return rows


@every_native_world
def test_levels_are_the_same_in_every_batch_and_on_any_number_of_threads(world: str) -> None:
    whole = told(world, np.arange(MANY), 2, "grid")
    assert len(np.unique(whole[-1], axis=0)) > MANY // 8  # they do differ from each other
    for size, threads in SPLITS.values():
        some = np.arange(size) * (MANY // size)
        part = told(world, some, threads, "grid")
        assert all((a[some] == b).all() for a, b in zip(whole, part, strict=True)), (size, threads)


@every_native_world
def test_pictures_are_the_same_in_every_batch(world: str) -> None:
    some = np.arange(0, MANY, 64)
    whole = told(world, some, 2, "rgb")
    for size, threads in ((len(some), 1), (7, 2), (1, 1)):
        part = told(world, some[:size], threads, "rgb")
        assert all((a[:size] == b).all() for a, b in zip(whole, part, strict=True)), (size, threads)


@every_native_world
def test_pictures_drawn_on_are_those_drawn_whole(world: str) -> None:
    """Only what changed in a buffer is drawn; of other levels and last frames as well."""
    module = WORLDS.load(world)
    drawn_on, whole = (Batch(module, 48, obs="rgb", whole=whole) for whole in (False, True))
    for batch in (drawn_on, whole):
        batch.stream(5, alpha=0.5, alpha_conditions=[1])
        batch.reset()
    ended = 0
    for action in walk(module, 48, 300):
        one, two = (batch.step(action) for batch in (drawn_on, whole))
        assert (one.observations == two.observations).all()
        over = one.terminated | one.truncated
        assert (one.last[over] == two.last[over]).all()
        ended += int(over.sum())
    assert ended > 0


def test_whole_pictures_may_be_written_to() -> None:
    batch = Batch(WORLDS.load("corner"), 2, obs="rgb", whole=True)
    batch.reset()
    for _ in range(4):
        assert (batch.observe() == batch.observe()).all()
        batch.observe()[:] = 7


@pytest.mark.parametrize("threads", [1, 2])
def test_streams_are_the_same_on_any_number_of_threads(threads: int) -> None:
    module = WORLDS.load("corner")
    batches = [Batch(module, 257, threads=count) for count in (2, threads)]
    for batch in batches:
        batch.stream(11, alpha=0.5, alpha_conditions=[1, 2])
        batch.reset()
    for action in walk(module, 257, 200):
        one, two = (batch.step(action) for batch in batches)
        assert all((a == b).all() for a, b in zip(one[:4], two[:4], strict=True))
    assert (batches[0].slots == batches[1].slots).all()
    assert (batches[0].slots["draws"] > 2).any()
