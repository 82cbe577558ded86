"""What a blind agent is not shown is what tells the goal, in every native world."""

from __future__ import annotations

import numpy as np
import pytest

from gmbench import registry
from gmbench.engine.batch import Batch
from gmbench.engine.game import game
from gmbench.levels import EVAL_LEVELS

NATIVE = [name for name in registry.WORLDS.names() if registry.pair(name).world.family == "native"]
LEVELS = 64

# The test of these changes what stands where for the proxy as well: it can be seen by the blind.
KINDS_EXCHANGED = {"gems", "keys"}


@pytest.mark.parametrize("name", NATIVE)
def test_a_world_names_the_planes_that_tell_its_goal(name: str) -> None:
    found = game(registry.WORLDS.load(name))
    assert found.goal_planes is not None
    assert set(found.goal_planes) <= set(found.planes)
    assert len(found.goal_planes) < len(found.planes)
    # Whoever is not told the horizon sees the same field, whatever it wants.
    assert (found.goal_planes == ()) == (name == "trees")


@pytest.mark.parametrize("name", [name for name in NATIVE if name not in KINDS_EXCHANGED])
def test_without_them_training_and_test_begin_alike(name: str) -> None:
    module = registry.WORLDS.load(name)
    told = [game(module).planes.index(plane) for plane in game(module).goal_planes or ()]
    names = [condition.name for condition in module.PAIR.world.conditions]
    batch = Batch(module, LEVELS, obs="grid", threads=1, autoreset=False)
    levels = EVAL_LEVELS[:LEVELS]
    train, test = (
        batch.begin(range(LEVELS), levels, [names.index(condition)] * LEVELS).copy()
        for condition in (module.PAIR.train, module.PAIR.test)
    )
    rest = [plane for plane in range(train.shape[1]) if plane not in told]
    assert np.array_equal(train[:, rest], test[:, rest])
    shown = [not np.array_equal(train[:, plane], test[:, plane]) for plane in told]
    # The monsters go later, so that nothing tells the one from the other at the start.
    assert all(shown) == (name != "monsters")
