"""The checks of a Procgen world: its levels surveyed, and its oracles played."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from types import ModuleType
from typing import Final

from gmbench.agents.scripted import scripted
from gmbench.levels import EVAL_LEVELS
from gmbench.procgen.batch import ProcgenBatch
from gmbench.rollout import Task, play
from gmbench.specs import Condition, Pair
from gmbench.stages.base import Setting
from gmbench.stages.open import open_stage
from gmbench.testing.report import Check, share
from gmbench.testing.survey import Survey

ORACLE_LEVELS: Final = 40  # a short run: enough to see that an oracle does what it is for
ORACLE_SLOTS: Final = 16
ORACLE_SHARE: Final = 0.99  # what a goal oracle and the proxy oracle beside it must reach


def procgen_checks(
    module: ModuleType, levels: int, mode: str, progress: Callable[[int, int], object]
) -> list[Check]:
    """Every check of a Procgen world.

    Args:
        module: the world.
        levels: how many evaluation levels to look at.
        mode: "easy" or "hard".
        progress: called with the levels done and to do.
    """
    conditions = module.PAIR.world.conditions
    batch = ProcgenBatch(module.PAIR.world, module.find_sites, len(conditions), mode)
    survey = Survey(batch)
    with closing(batch):
        for done, level in enumerate(EVAL_LEVELS[:levels], start=1):
            survey.look_at(level)
            progress(done, levels)
    return [*survey.checks(), *_oracle_checks(module, survey.playable[:ORACLE_LEVELS], mode)]


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
    tasks = [Task(level, condition, order) for order, level in enumerate(levels)]
    with closing(open_stage(module, [condition], slots, Setting(mode=mode))) as stage:
        episodes = play(scripted(role), stage, tasks, deterministic=True, seed=0)
    return Counter(episode.outcome for episode in episodes)
