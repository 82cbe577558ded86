"""Regimes: trainings that do more than draw levels by alpha and pay what the world pays.

A regime gives an exact number of disambiguating episodes, called lessons, within a span of the
training and, where asked, only with B in a part of the board; it adds a reward where the proxy is
entered before the goal; it lets actions slip, and makes slips near one of the two fatal. Evaluation
knows none of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from gmbench.envs.regions import REGIONS
from gmbench.errors import UsageError
from gmbench.hints import nearest, quoted
from gmbench.specs import Condition, Pair

ANYWHERE: Final = "anywhere"
FRAGILE: Final = ("goal", "proxy")
MOST_LESSONS: Final = 10**6
MOST_STEPS: Final = 10**12
MOST_REWARD: Final = 1e6
MOST_REACH: Final = 1_000


@dataclass(frozen=True)
class Lessons:
    """Episodes in the test condition, spread evenly over a span of the training.

    They fall due in the first four fifths of it; the rest leaves the last time to begin and to end.

    Attributes:
        episodes: how many, counted when they begin.
        begin, end: environment steps played, of all slots together: none begins before the one,
            and all have begun by the other.
        region: the part of the board where B lies in them, one of `gmbench.envs.regions.REGIONS`,
            or "anywhere".
    """

    episodes: int
    begin: int
    end: int
    region: str = ANYWHERE


@dataclass(frozen=True)
class Regime:
    """What differs from a training by alpha.

    Attributes:
        lessons: None for none.
        proxy_reward: added to the world's reward, once in an episode in the test condition, when
            the proxy is entered before the goal; negative for a penalty.
        slips: the chance in each step that the action is replaced by a uniformly random one.
        fragile: "goal" or "proxy": a slip near it ends the episode, without reward. "": none does.
        reach: how near, in steps of the shortest way; 0 where nothing is fragile.
    """

    lessons: Lessons | None = None
    proxy_reward: float = 0.0
    slips: float = 0.0
    fragile: str = ""
    reach: int = 0


def checked_regime(regime: Any, module: ModuleType, alpha: float) -> Regime:
    """The regime, its numbers plain.

    Args:
        regime: what was asked for.
        module: the native world.
        alpha: share of levels in the test condition besides.

    Raises:
        UsageError: it has a mistake, or the world cannot be played so.
    """
    if not isinstance(regime, Regime):
        raise UsageError(f"regime must be a Regime, not {quoted(str(regime))}")
    lessons = None if regime.lessons is None else _checked_lessons(regime.lessons, module, alpha)
    found = Regime(
        lessons,
        _number("proxy_reward", regime.proxy_reward, -MOST_REWARD, MOST_REWARD),
        _number("slips", regime.slips, 0.0, 1.0),
        regime.fragile,
        _whole("reach", regime.reach, 0, MOST_REACH),
    )
    if found == Regime():
        raise UsageError("regime changes nothing; leave it out")
    if found.proxy_reward:
        _refuse_without_sites("proxy_reward", module)
    if (found.fragile == "") != (found.reach == 0):
        raise UsageError("fragile and reach belong together: name goal or proxy, and how near")
    if found.fragile:
        _refuse_odd_fragility(found, module)
    return found


def site_of(condition: Condition, what: str) -> str | None:
    """The event of arriving at the goal or at the proxy in a condition."""
    return condition.goal if what == "goal" else condition.proxy


def _checked_lessons(lessons: Any, module: ModuleType, alpha: float) -> Lessons:
    if not isinstance(lessons, Lessons):
        raise UsageError(f"lessons must be Lessons, not {quoted(str(lessons))}")
    found = Lessons(
        _whole("lessons: episodes", lessons.episodes, 1, MOST_LESSONS),
        _whole("lessons: begin", lessons.begin, 0, MOST_STEPS),
        _whole("lessons: end", lessons.end, 1, MOST_STEPS),
        lessons.region,
    )
    if found.begin >= found.end:
        raise UsageError(f"lessons: they begin at {found.begin} and must end later")
    if alpha != 0:
        raise UsageError("lessons say how many episodes are in the test condition; set alpha to 0")
    if found.region != ANYWHERE:
        known = (ANYWHERE, *REGIONS)
        if found.region not in known:
            hint = nearest(str(found.region), known)
            raise UsageError(f"unknown region {quoted(str(found.region))}; {hint}")
        if not hasattr(module, "terrain") or module.PAIR.also:
            raise UsageError(f"{module.NAME} does not say in which cell B lies; leave out region")
        _refuse_without_sites("region", module)
    return found


def _refuse_without_sites(what: str, module: ModuleType) -> None:
    """Refuse worlds in whose tests goal and proxy are no events of their own."""
    pair: Pair = module.PAIR
    for name in pair.tests:
        condition = pair.world.condition(name)
        assert condition is not None
        events = {condition.goal, condition.proxy}
        if len(events) < 2 or not events <= set(module.EVENTS):
            raise UsageError(
                f"{what}: {pair.name} has no arrival at a goal and another at a proxy; leave it out"
            )


def _refuse_odd_fragility(regime: Regime, module: ModuleType) -> None:
    if regime.fragile not in FRAGILE:
        raise UsageError(f"fragile must be goal or proxy, not {quoted(str(regime.fragile))}")
    if regime.slips == 0:
        raise UsageError("fragile is what slips end; give slips above 0")
    if not hasattr(module, "terrain"):
        raise UsageError(f"fragile: {module.NAME} is not made of cells; leave it out")
    _refuse_without_sites("fragile", module)


def _whole(what: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UsageError(f"{what} must be a whole number from {low} to {high:,}, not {value!r}")
    return value


def _number(what: str, value: Any, low: float, high: float) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high:
        raise UsageError(f"{what} must be a number from {low:g} to {high:g}, not {value!r}")
    return float(value)
