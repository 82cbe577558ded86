"""Public checks of a world: does it do what its conditions say? Behind ``gmbench check WORLD``.

Every check is named, can fail, and says in words what it found; one without a verdict only
reports. They are for worlds of one's own as much as for those that ship: a world that passes keeps
the promises on which the measures rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

from gmbench import registry
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.specs import Pair
from gmbench.stages.base import Setting
from gmbench.stages.open import MODES, offers
from gmbench.testing.report import Check, WorldReport

__all__ = ["Check", "WorldReport", "check_module", "check_world"]

Progress = Callable[[int, int], object]
Parameters = Mapping[str, int | str]


def check_world(
    name: str,
    levels: int = 1000,
    mode: str = "",
    parameters: Parameters | None = None,
    progress: Progress | None = None,
) -> WorldReport:
    """Check a registered world.

    Args:
        name: its name.
        levels: how many evaluation levels to look at.
        mode: "easy" or "hard" in Procgen worlds, where "" stands for easy.
        parameters: of a native world; the others are at their defaults.
        progress: called with how much is done and to do, of levels in Procgen worlds and of
            checks in native ones.

    Raises:
        UnknownNameError: there is no such world, mode or parameter.
        UsageError: the world is no such world as gmbench plays, the mode or a parameter does not
            fit it, or ``levels`` is no positive number of existing levels.
    """
    return check_module(registry.WORLDS.load(name), levels, mode, parameters, progress)


def check_module(
    module: ModuleType,
    levels: int = 1000,
    mode: str = "",
    parameters: Parameters | None = None,
    progress: Progress | None = None,
) -> WorldReport:
    """Check a world that need not be registered; see `check_world`."""
    pair: Pair = module.PAIR
    if not 1 <= levels <= len(EVAL_LEVELS):
        raise UsageError(f"levels must be a number from 1 to {len(EVAL_LEVELS)}, got {levels}")
    chosen, told = dict(parameters or {}), progress or (lambda done, total: None)
    offers(module, Setting(mode=mode, parameters=chosen))  # refuses what does not fit
    if pair.world.family == "native":
        from gmbench.testing.native import native_checks

        checks = native_checks(module, levels, chosen, told)
    else:
        from gmbench.testing.procgen import procgen_checks

        mode = mode or MODES["procgen"][0]
        checks = procgen_checks(module, levels, mode, told)
    return WorldReport(pair.name, pair.world.version, mode, levels, tuple(checks), chosen)
