"""Recipes that train in a second, and what tests look at of their agents."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from gmbench.engine.batch import Batch
from gmbench.levels import EVAL_LEVELS
from gmbench.training import Network, Recipe
from gmbench.worlds import corner

STEPS, ENVS = 1024, 16
SMALL: dict[str, dict[str, Any]] = {
    "ppo": {"batch_size": 128, "n_epochs": 1},
    "a2c": {},
    "dqn": {"buffer_size": 2_000, "learning_starts": 100, "batch_size": 32, "gradient_steps": 1},
    "qrdqn": {"buffer_size": 2_000, "learning_starts": 100, "batch_size": 8, "gradient_steps": 1},
    "trpo": {"batch_size": 128, "cg_max_steps": 3},
    "recurrent-ppo": {"batch_size": 128, "n_epochs": 1},
}


def small(algorithm: str = "ppo", **changes: Any) -> Recipe:
    lstm = 16 if algorithm == "recurrent-ppo" else None
    recipe = Recipe(
        "corner",
        STEPS,
        parameters={"size": 7},
        algorithm=algorithm,
        num_envs=ENVS,
        network=Network("stock", layers=(16,), lstm=lstm),
        settings=SMALL[algorithm],
    )
    return recipe.with_(**changes)


def observations() -> Any:
    """The starts of a few levels, uint8 (8, 3, 7, 7)."""
    batch = Batch(corner, 8, parameters={"size": 7}, threads=1)
    return batch.begin(range(8), EVAL_LEVELS[:8], [0] * 8).copy()


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
