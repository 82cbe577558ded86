"""A recipe held against what there is, before anything is built."""

from __future__ import annotations

import math
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from gmbench import registry
from gmbench.envs.regime import Regime, checked_regime
from gmbench.envs.settings import MAX_ENVS
from gmbench.errors import RecipeError, UsageError
from gmbench.hints import nearest, quoted
from gmbench.levels import TRAIN_LEVELS
from gmbench.stages.base import Setting, Spaces
from gmbench.stages.open import MODES, offers
from gmbench.training.algorithms import ALGORITHMS, Algorithm
from gmbench.training.architecture import checked_network, whole
from gmbench.training.recipe import Recipe
from gmbench.training.settings import checked_settings, refuse_bad_sizes

if TYPE_CHECKING:
    from gmbench.engine.game import Game

MOST_STEPS: Final = 10**12


def checked(recipe: Recipe) -> Recipe:
    """The recipe with everything filled in that it leaves to the usual.

    What it says twice it says the same: the recipe that is returned is returned as it is.

    Raises:
        RecipeError: something in it is wrong; its ``key`` says what the message is about.
        MissingPartError: the algorithm is sb3-contrib's, which is not installed.
    """
    module = registry.WORLDS.load(_named("pair", recipe.pair, registry.WORLDS.names(), "pair"))
    family: str = module.PAIR.world.family
    if family not in MODES:
        raise RecipeError(f"{recipe.pair} is of a family that cannot be trained on", "pair")
    name = _named("algorithm", recipe.algorithm, ALGORITHMS, "algorithm")
    algorithm = ALGORITHMS[name]
    mode = _mode(recipe, family)
    parameters = _parameters(module, recipe)
    offered = offers(module, Setting(mode=mode, parameters=parameters))
    obs = recipe.obs or next(iter(offered))
    _named("obs", obs, offered, f"observation of {recipe.pair}")
    filled = recipe.with_(
        steps=whole("steps", recipe.steps, 1, MOST_STEPS),
        parameters=parameters,
        mode=mode,
        obs=obs,
        alpha=_share(recipe.alpha),
        levels=_levels(recipe.levels),
        seed=whole("seed", recipe.seed, 0, 2**31 - 1),
        num_envs=_num_envs(recipe, algorithm, family),
        blind=_blind(module, recipe, obs),
        settings=checked_settings(algorithm, recipe.settings, family),
    )
    filled = filled.with_(regime=_regime(module, filled))
    filled = filled.with_(network=checked_network(filled, algorithm, planes(filled)))
    assert filled.num_envs is not None
    refuse_bad_sizes(algorithm, filled.settings, filled.num_envs, _bytes(offered[obs]))
    return filled


def planes(recipe: Recipe) -> tuple[str, ...]:
    """The planes of the grid that a recipe with its parameters trains on; none of a picture."""
    return _game(recipe).planes if recipe.obs == "grid" else ()


def masked_planes(recipe: Recipe) -> tuple[str, ...]:
    """The planes that the extractor of a checked recipe leaves out."""
    return tuple(_game(recipe).goal_planes or ()) if recipe.blind else ()


def _game(recipe: Recipe) -> Game:
    from gmbench.engine.game import game

    return game(registry.WORLDS.load(recipe.pair), recipe.parameters)


def _named(key: str, value: Any, known: Any, noun: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise RecipeError(f"unknown {noun} {quoted(str(value))}; {nearest(str(value), known)}", key)


def _mode(recipe: Recipe, family: str) -> str:
    """The mode, by default the first that the family has."""
    modes = MODES[family]
    if not recipe.mode:
        return modes[0] if modes else ""
    if recipe.mode not in modes:
        say = f"choose {' or '.join(modes)}" if modes else f"{recipe.pair} has none; leave it out"
        raise RecipeError(f"unknown mode {quoted(str(recipe.mode))}; {say}", "mode")
    return recipe.mode


def _parameters(module: ModuleType, recipe: Recipe) -> dict[str, int | str]:
    """A value for each of the world's parameters, in the world's order."""
    if module.PAIR.world.family != "native":
        if recipe.parameters:
            raise RecipeError(f"{recipe.pair} has no parameters; leave them out", "parameters")
        return {}
    from gmbench.engine.game import game

    try:
        return dict(game(module, recipe.parameters).parameters)
    except UsageError as error:
        raise RecipeError(str(error), "parameters") from error


def _share(alpha: Any) -> float:
    number = isinstance(alpha, int | float) and not isinstance(alpha, bool)
    if not number or not math.isfinite(alpha) or not 0.0 <= alpha <= 1.0:
        raise RecipeError(
            "alpha is the share of levels in the test condition, a number from 0 to 1, not"
            f" {quoted(str(alpha))}",
            "alpha",
        )
    return float(alpha)


def _levels(levels: Any) -> int | None:
    return None if levels is None else whole("levels", levels, 1, len(TRAIN_LEVELS))


def _num_envs(recipe: Recipe, algorithm: Algorithm, family: str) -> int:
    if recipe.num_envs is None:
        return algorithm.usual[family].num_envs
    return whole("num_envs", recipe.num_envs, 1, MAX_ENVS[family])


def _blind(module: ModuleType, recipe: Recipe, obs: str) -> bool:
    if not isinstance(recipe.blind, bool):
        raise RecipeError(f"blind must be true or false, not {quoted(str(recipe.blind))}", "blind")
    if not recipe.blind:
        return False
    if obs != "grid":
        raise RecipeError("a blind agent is trained on grids, whose planes can be masked", "blind")
    if not getattr(module, "GOAL_PLANES", ()):
        raise RecipeError(
            f"no plane of {recipe.pair} tells its goal, so no agent is blind to it", "blind"
        )
    return True


def _regime(module: ModuleType, recipe: Recipe) -> Regime | None:
    if recipe.regime is None:
        return None
    if module.PAIR.world.family != "native":
        raise RecipeError(f"{recipe.pair} knows no regime; leave it out", "regime")
    try:
        regime = checked_regime(recipe.regime, module, recipe.alpha)
    except UsageError as error:
        raise RecipeError(str(error), "regime") from error
    if regime.lessons is not None and regime.lessons.end > recipe.steps:
        raise RecipeError(
            f"lessons: they end at step {regime.lessons.end:,}, after the training's last,"
            f" {recipe.steps:,}",
            "regime",
        )
    return regime


def _bytes(spaces: Spaces) -> int:
    space = spaces[0]
    return math.prod(space.shape) * space.dtype.itemsize
