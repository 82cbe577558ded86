"""From a checked recipe to its environment and its algorithm, with weights that know nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv

from gmbench import registry
from gmbench.engine.devices import without_cuda
from gmbench.envs.make import make_sb3
from gmbench.errors import RecipeError
from gmbench.training.algorithms import ALGORITHMS, training_class
from gmbench.training.architecture import policy_arguments
from gmbench.training.checking import masked_planes, planes
from gmbench.training.recipe import Recipe, Setting
from gmbench.training.saving import RECIPE


def build_env(recipe: Recipe, device: str = "cpu") -> VecEnv:
    """The training levels of a checked recipe.

    Args:
        recipe: checked.
        device: of the network; the levels are played there too where that saves copies.

    Raises:
        MissingPartError: the games are not installed.
    """
    assert recipe.num_envs is not None
    return make_sb3(
        recipe.pair,
        registry.pair(recipe.pair).train,
        num_envs=recipe.num_envs,
        alpha=recipe.alpha,
        obs=recipe.obs,
        levels=recipe.levels,
        seed=recipe.seed,
        mode=recipe.mode or None,
        parameters=recipe.parameters or None,
        device="cuda" if device == "cuda" and _stays_on_card(recipe) else "cpu",
    )


def _stays_on_card(recipe: Recipe) -> bool:
    """Whether the algorithm can learn from what lies on a graphics card, and games can be there."""
    native = registry.pair(recipe.pair).world.family == "native"
    return native and recipe.algorithm == "ppo" and without_cuda() is None


def build_model(
    recipe: Recipe,
    env: VecEnv,
    *,
    tensorboard: str | os.PathLike[str] | None = None,
    device: str = "cpu",
) -> BaseAlgorithm:
    """The algorithm of a checked recipe on its environment.

    Args:
        recipe: checked.
        env: where it trains.
        tensorboard: the folder of its logs.
        device: of the network.

    Raises:
        RecipeError: Stable-Baselines3 refuses the settings together.
    """
    algorithm = ALGORITHMS[recipe.algorithm]
    build = training_class(algorithm, registry.pair(recipe.pair).world.family)
    try:
        model: BaseAlgorithm = build(
            algorithm.policies[recipe.obs == "rgb"],
            env,
            **{name: _value(setting) for name, setting in recipe.settings.items()},
            policy_kwargs=policy_arguments(recipe, planes(recipe), masked_planes(recipe)),
            tensorboard_log=None if tensorboard is None else os.fspath(tensorboard),
            seed=recipe.seed,
            device=device,
            verbose=0,
        )
    except (AssertionError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise RecipeError(f"{algorithm.name} refuses its settings: {reason}", "settings") from error
    setattr(model, RECIPE, recipe.to_json())
    return model


def _value(setting: Setting) -> Any:
    """What the constructor takes; schedules are Stable-Baselines3's own, so that its zips load."""
    if isinstance(setting, Mapping):
        return LinearSchedule(setting["from"], setting["to"], 1.0)
    return setting
