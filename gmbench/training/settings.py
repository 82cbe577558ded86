"""The algorithm's own keywords in a recipe, held against its constructor."""

from __future__ import annotations

import inspect
import math
import os
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final

from gmbench.errors import RecipeError
from gmbench.hints import nearest, quoted
from gmbench.training.algorithms import Algorithm
from gmbench.training.recipe import Setting

# (smallest, largest); a value may equal either, except 0 where it stands in `_POSITIVE`.
_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "batch_size": (2, 2**31),
    "buffer_size": (1, 2**31),
    "cg_damping": (0, 1e6),
    "cg_max_steps": (1, 10_000),
    "clip_range": (0, 1e6),
    "clip_range_vf": (0, 1e6),
    "ent_coef": (0, 1e6),
    "exploration_final_eps": (0, 1),
    "exploration_fraction": (0, 1),
    "exploration_initial_eps": (0, 1),
    "gae_lambda": (0, 1),
    "gamma": (0, 1),
    "gradient_steps": (-1, 1_000_000),
    "learning_rate": (0, 1e3),
    "learning_starts": (0, 2**53),
    "line_search_max_iter": (1, 10_000),
    "line_search_shrinking_factor": (0, 1),
    "max_grad_norm": (0, 1e6),
    "n_critic_updates": (1, 10_000),
    "n_epochs": (1, 10_000),
    "n_steps": (1, 1_000_000),
    "rms_prop_eps": (0, 1),
    "sub_sampling_factor": (1, 1_000_000),
    "target_kl": (0, 1e6),
    "target_update_interval": (1, 2**53),
    "tau": (0, 1),
    "train_freq": (1, 1_000_000),
    "vf_coef": (0, 1e6),
}
_POSITIVE: Final = frozenset(
    "clip_range clip_range_vf exploration_fraction learning_rate line_search_shrinking_factor"
    " max_grad_norm rms_prop_eps target_kl tau".split()
)


def checked_settings(
    algorithm: Algorithm, given: Mapping[str, Setting], family: str
) -> dict[str, Setting]:
    """Every keyword of the algorithm: as given, as usual, or else its own default.

    Raises:
        RecipeError: the algorithm has no such keyword, or does not take the value.
    """
    known = algorithm.keywords
    for name in given:
        if name not in known:
            raise RecipeError(
                f"{algorithm.name} has no setting {quoted(str(name))}; {nearest(str(name), known)}",
                f"settings.{name}",
            )
    values = {name: parameter.default for name, parameter in known.items()}
    values |= algorithm.usual[family].settings
    values |= given
    return {name: _checked(name, values[name], known[name]) for name in sorted(values)}


def refuse_bad_sizes(
    algorithm: Algorithm, settings: Mapping[str, Any], num_envs: int, observation_bytes: int
) -> None:
    """Refuse rollouts that batches do not divide, and buffers larger than the memory.

    Raises:
        RecipeError: there is such a mistake.
    """
    if algorithm.on_policy:
        rollout, batch = num_envs * settings["n_steps"], settings.get("batch_size")
        if rollout < 2:
            raise RecipeError("num_envs x n_steps must be at least 2", "settings.n_steps")
        if algorithm.divides and batch and rollout % batch:
            raise RecipeError(
                f"batch_size {batch} does not divide num_envs x n_steps = {rollout}; choose one"
                f" that does, such as {_divisor(rollout, batch)}",
                "settings.batch_size",
            )
        needed, key = rollout * observation_bytes, "n_steps"
    else:
        # A transition is kept with both its ends.
        needed, key = settings["buffer_size"] * 2 * observation_bytes, "buffer_size"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > memory:
        raise RecipeError(
            f"{key} {settings[key]:,} keeps {needed / 2**30:,.1f} GiB of observations, more than"
            f" this machine's {memory / 2**30:,.1f} GiB; choose fewer",
            f"settings.{key}",
        )


def _checked(name: str, value: Setting, parameter: inspect.Parameter) -> Setting:
    """The value, as the constructor's annotation wants it."""
    kinds = typing.get_args(parameter.annotation) or (parameter.annotation,)
    scheduled = any(typing.get_origin(kind) is Callable for kind in kinds)
    if isinstance(value, Mapping):
        if not scheduled:
            raise RecipeError(f"{name} cannot change in training; give one value", _key(name))
        if set(value) != {"from", "to"}:
            raise RecipeError(f"{name} must be a value or {{from: .., to: ..}}", _key(name))
        return {end: float(_number(name, value[end], float)) for end in ("from", "to")}
    if value is None and type(None) in kinds:
        return None
    if isinstance(value, bool) and bool in kinds:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if float in kinds:
            return float(_number(name, value, float))
        if int in kinds:
            return int(_number(name, value, int))
    words = {int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}
    wanted = [words[kind] for kind in kinds if kind in words]
    wanted += ["{from: .., to: ..}"] if scheduled else []
    raise RecipeError(f"{name} must be {' or '.join(wanted)}, not {_shown(value)}", _key(name))


def _number(name: str, value: Any, kind: type) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole or (kind is float and isinstance(value, float) and math.isfinite(value))):
        wanted = "a whole number" if kind is int else "a number"
        raise RecipeError(f"{name} must be {wanted}, not {_shown(value)}", _key(name))
    low, high = _RANGES.get(name, (-math.inf, math.inf))
    if not low <= value <= high or (value == 0 and name in _POSITIVE):
        above = "above 0 and at most" if name in _POSITIVE else f"from {low:g} to"
        raise RecipeError(f"{name} must be {above} {high:g}, not {_shown(value)}", _key(name))
    return value


def _shown(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else quoted(str(value)).strip("'")


def _key(name: str) -> str:
    return f"settings.{name}"


def _divisor(rollout: int, near: int) -> int:
    """The largest divisor of the rollout up to a number, 2 at least."""
    at_most = min(near, rollout)
    return next((n for n in range(at_most, 1, -1) if rollout % n == 0), rollout)
