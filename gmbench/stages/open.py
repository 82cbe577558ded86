"""From a world's family to its stage, with the setting checked before anything is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType
from typing import Final

from gmbench.errors import UnknownNameError, UsageError
from gmbench.hints import nearest, quoted
from gmbench.specs import Condition, Pair
from gmbench.stages.base import USUAL, Setting, Spaces, Stage

# Family to the modes that its worlds are played in, the first by default.
MODES: Final[dict[str, tuple[str, ...]]] = {"procgen": ("easy", "hard"), "native": ()}


def open_stage(
    module: ModuleType,
    conditions: Sequence[Condition],
    num_envs: int,
    setting: Setting = USUAL,
    *,
    pictures: bool = False,
) -> Stage:
    """The slots in which episodes of a world are played.

    Args:
        module: the world's.
        conditions: those that will be played.
        num_envs: number of slots.
        setting: how.
        pictures: whether `Stage.pictures` will be asked for.

    Raises:
        UsageError: the setting does not fit the world, or nothing plays worlds of its family.
        UnknownNameError: an unknown observation, mode or parameter.
        MissingPartError: the games are not installed.
    """
    kind = _stage_type(module.PAIR)
    setting = replace(_checked(module, setting), obs=setting.obs or kind.OBSERVATIONS[0])
    if setting.obs not in kind.OBSERVATIONS:
        raise UnknownNameError(
            f"unknown observation of {module.PAIR.name} {quoted(setting.obs)};"
            f" {nearest(setting.obs, kind.OBSERVATIONS)}"
        )
    return kind(module, conditions, num_envs, setting, pictures=pictures)


def offers(module: ModuleType, setting: Setting) -> dict[str, Spaces]:
    """What agents can be shown of a world, the cheapest first; builds nothing.

    Args:
        module: the world's.
        setting: how it will be played; its ``obs`` does not matter.

    Returns:
        Kind of observation to the spaces of observations and actions.

    Raises:
        UsageError: the setting does not fit the world, or nothing plays worlds of its family.
        UnknownNameError: an unknown mode or parameter.
    """
    kind, setting = _stage_type(module.PAIR), _checked(module, setting)
    return {obs: kind.spaces(module, replace(setting, obs=obs)) for obs in kind.OBSERVATIONS}


def _stage_type(pair: Pair) -> type[Stage]:
    """The stage of a pair's family; the others are not imported."""
    if pair.world.family == "procgen":
        from gmbench.stages.procgen import ProcgenStage

        return ProcgenStage
    if pair.world.family == "native":
        from gmbench.stages.native import NativeStage

        return NativeStage
    raise UsageError(
        f"{pair.name} is of family {quoted(pair.world.family)}; worlds that can be played are of"
        f" {' or '.join(MODES)}"
    )


def _checked(module: ModuleType, setting: Setting) -> Setting:
    """The setting, its mode filled in."""
    pair: Pair = module.PAIR
    modes = MODES[pair.world.family]
    if not modes and setting.mode:
        raise UsageError(f"{pair.name} has no modes; leave out {setting.mode}")
    if modes and setting.mode and setting.mode not in modes:
        raise UnknownNameError(
            f"unknown mode {quoted(setting.mode)} for {pair.name}; {nearest(setting.mode, modes)}"
        )
    return replace(setting, mode=setting.mode or (modes[0] if modes else ""))
