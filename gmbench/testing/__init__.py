"""Public checks of a world: does it do what its conditions say? Behind ``gmbench check WORLD``.

Every check is named, can fail, and says in words what it found; one without a verdict only
reports. They are for worlds of one's own as much as for those that ship: a world that passes keeps
the promises on which the measures rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Final

from gmbench import registry
from gmbench.agents.scripted import scripted
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.procgen.batch import ProcgenBatch
from gmbench.rollout import Task, play
from gmbench.specs import Condition, Pair
from gmbench.testing.report import Check, WorldReport, share
from gmbench.testing.survey import Survey

__all__ = ["Check", "WorldReport", "check_module", "check_world"]

ORACLE_LEVELS: Final = 40  # a short run: enough to see that an oracle does what it is for
ORACLE_SLOTS: Final = 16
ORACLE_SHARE: Final = 0.99  # what a goal oracle and the proxy oracle beside it must reach

Progress = Callable[[int], object]


def check_world(
    name: str, levels: int = 1000, mode: str = "easy", progress: Progress | None = None
) -> WorldReport:
    """Check a registered world.

    Args:
        name: its name.
        levels: how many evaluation levels to look at.
        mode: "easy" or "hard".
        progress: called with 1 after every level.

    Raises:
        UnknownNameError: there is no such world.
        UsageError: the world is of a family that has no checks, or ``levels`` is no positive
            number of existing levels.
    """
    return check_module(registry.WORLDS.load(name), levels, mode, progress)


def check_module(
    module: ModuleType, levels: int = 1000, mode: str = "easy", progress: Progress | None = None
) -> WorldReport:
    """Check a world that need not be registered; see `check_world`."""
    pair: Pair = module.PAIR
    if pair.world.family != "procgen":
        raise UsageError(
            f"{pair.name} is a {pair.world.family} world; only procgen worlds can be checked"
        )
    if not 1 <= levels <= len(EVAL_LEVELS):
        raise UsageError(f"levels must be a number from 1 to {len(EVAL_LEVELS)}, got {levels}")
    conditions = pair.world.conditions
    batch = ProcgenBatch(pair.world, module.find_sites, len(conditions), mode)
    survey = Survey(batch)
    try:
        for level in EVAL_LEVELS[:levels]:
            survey.look_at(level)
            if progress is not None:
                progress(1)
    finally:
        batch.close()
    checks = [*survey.checks(), *_oracle_checks(module, survey.playable[:ORACLE_LEVELS], mode)]
    return WorldReport(pair.name, pair.world.version, mode, levels, tuple(checks))


def _oracle_checks(module: ModuleType, levels: Sequence[int], mode: str) -> list[Check]:
    """A short run of every oracle the world has, under the test condition."""
    pair: Pair = module.PAIR
    test = pair.world.condition(pair.test)
    checks = []
    for role in pair.oracles:
        outcomes: Mapping[str, int] = {}
        if test is not None and levels:
            outcomes = _outcomes(module, role, test, levels, mode)
        found = share(outcomes.get(f"{role}_first", 0), len(levels))
        # Where there is no goal oracle there is no way search, and a runner may die on its way.
        judged = "goal" in pair.oracles and found is not None
        verdict = (found or 0.0) >= ORACLE_SHARE if judged else None
        counts = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
        checks.append(Check(f"oracle-{role}", verdict, found, counts or "no level to play"))
    return checks


def _outcomes(
    module: ModuleType, role: str, condition: Condition, levels: Sequence[int], mode: str
) -> Counter[str]:
    """How episodes of one oracle end."""
    slots = min(ORACLE_SLOTS, len(levels))
    batch = ProcgenBatch(module.PAIR.world, module.find_sites, slots, mode, look_for_arrivals=True)
    tasks = [Task(level, condition, order) for order, level in enumerate(levels)]
    watch = [site for site in (condition.goal, condition.proxy) if site is not None]
    try:
        episodes = play(
            scripted(role), module, batch, tasks, deterministic=True, seed=0, watch=watch
        )
    finally:
        batch.close()
    return Counter(episode.outcome for episode in episodes)
