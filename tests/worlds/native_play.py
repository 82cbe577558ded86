"""Plays levels of a native world, for the tests of single worlds."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.batch import Batch
from gmbench.engine.chance import below, level_key
from gmbench.engine.game import game
from gmbench.levels import EVAL_LEVELS

LEVELS = range(EVAL_LEVELS.start, EVAL_LEVELS.start + 2048)
ROLES = {"goal": 0, "proxy": 1}


class Played(NamedTuple):
    """What came of one episode on every level.

    Attributes:
        first: int of shape (levels, 8), the step at which each event first happened, 0 never.
        states: the last states.
        rewards: the episodes' returns.
    """

    first: NDArray[np.int32]
    states: NDArray[np.void]
    rewards: NDArray[np.float32]

    def before(self, event: int, other: int) -> NDArray[np.bool_]:
        """Where one event happened, and the other did not happen by then."""
        one, two = self.first[:, event], self.first[:, other]
        return (one > 0) & ((two == 0) | (one < two))


def begun(module: ModuleType, condition: str, levels: Sequence[int], obs: str = "none") -> Batch:
    """The levels at their start, one a slot."""
    names = [c.name for c in module.PAIR.world.conditions]
    batch = Batch(module, len(levels), obs=obs, autoreset=False)
    batch.begin(range(len(levels)), levels, [names.index(condition)] * len(levels))
    return batch


def play(
    module: ModuleType,
    condition: str,
    agent: str,
    levels: Sequence[int] = LEVELS,
    stops: int | None = None,
) -> Played:
    """Play every level once.

    Args:
        module: the world.
        condition: its name.
        agent: "goal", "proxy" or "random".
        levels: their numbers.
        stops: bits of the events at which an episode of evaluation ends; None plays as in training.
    """
    conditions = [c.name for c in module.PAIR.world.conditions]
    n = len(levels)
    batch = Batch(module, n, obs="none", autoreset=False)
    if stops is not None:
        batch.evaluate([stops] * len(conditions))
    batch.begin(range(n), levels, [conditions.index(condition)] * n)
    # The same walks in every condition, so that what differs is due to the condition.
    chance = np.random.default_rng(0)
    rewards = np.zeros(n, np.float32)
    while not batch.slots["over"].all():
        walk = chance.integers(len(module.ACTIONS), size=n)
        rewards += batch.step(walk if agent == "random" else batch.oracle(ROLES[agent])).rewards
    return Played(batch.slots["first"].copy(), batch.states.copy(), rewards)


def draw(
    module: ModuleType, number: int, condition: int = 0, **parameters: int | str
) -> tuple[NDArray[np.void], int]:
    """Lay out a level by the rule alone: its state, shape (1,), and how many draws it took."""
    world = game(module, parameters)
    scratch = np.zeros(1, world.scratch_dtype)
    attempt = 0
    while True:
        states = world.blank()
        if module.level(states[0], scratch[0], level_key(number, attempt), condition):
            return states, attempt + 1
        attempt += 1


def digest(module: ModuleType, levels: Sequence[int], steps: int) -> str:
    """What pins the rules: states, tiles, observations and rewards, in every condition.

    A third of the levels is played by the goal's oracle, a third by the proxy's, a third at random.
    """
    pinned = hashlib.sha256()
    tiles = np.zeros(np.prod(module.shape(**module.DEFAULTS)), np.uint8)
    for condition in module.PAIR.world.conditions:
        batch = begun(module, condition.name, levels, obs="grid")
        for time in range(steps):
            for name in batch.states.dtype.names or ():  # not the bytes between the fields
                pinned.update(np.ascontiguousarray(batch.states[name]).tobytes())
            chosen = [[below(level_key(level, 0), 99, time, 4) for level in levels]]
            chosen += [list(batch.oracle(role)) for role in ROLES.values()]
            result = batch.step(np.array([chosen[i % 3][i] for i in range(len(levels))]))
            pinned.update(result.observations.tobytes() + result.rewards.tobytes())
            pinned.update(result.terminated.tobytes() + result.truncated.tobytes())
        for state in batch.states:
            module.tiles(state, tiles)
            pinned.update(tiles.tobytes())
    return pinned.hexdigest()[:16]


def plain_digest(name: str, levels: range, steps: int) -> str:
    """`digest`, computed by the same rules as plain Python."""
    code = (
        f"import gmbench.worlds.{name} as world, native_play; "
        f"print(native_play.digest(world, range({levels.start}, {levels.stop}), {steps}))"
    )
    folder = Path(__file__).parent
    paths = [str(folder), str(folder.parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
