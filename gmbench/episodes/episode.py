"""One row of the raw table, and what its values may be."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gmbench.errors import RecordError
from gmbench.hints import quoted
from gmbench.levels import EVAL_LEVELS

OUTCOMES: Final = ("together", "goal_first", "proxy_first", "died", "timed_out", "other")
SCORES: Final = ("goal", "proxy", "par")
INTENT: Final = ("states", "goal", "proxy", "other", "random")

_MILLION: Final = 1_000_000

_MOST_POINTS = 10**15 - 1  # means of such numbers are exact enough in float64
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]*", re.ASCII)
_SITE = re.compile(r"[A-Za-z0-9-]+", re.ASCII)


@dataclass(frozen=True)
class Episode:
    """One level played once under one condition.

    Attributes:
        pair, condition: names.
        level: the level number, in [0, 2^31 - 1).
        order: the episode's place in the recorded permutation, from 0.
        outcome: one of `OUTCOMES`; "other": it reached something that is neither goal nor proxy.
        steps: steps taken.
        reward: undiscounted return.
        entered: event to the step at which it first happened; the event of a site's name is the
            body's overlap with the site's cell.
        deadline: the most steps the episode could take.
        group: "" for the agent itself; the name of a scripted agent ("random", "goal", "proxy")
            for reference runs on the same levels.
        scores: points in worlds that keep count, empty elsewhere; "goal" and "proxy": what was
            done for each; "par": the goal oracle's return on this level in this condition.
        intent: in worlds that tell it, empty elsewhere: "states", how many states tell goal from
            proxy, and, where they are enough, the posterior of each of the other names of
            `INTENT` in millionths (`gmbench.metrics.posterior`).

    Raises:
        RecordError: on a value outside these bounds.
    """

    pair: str
    condition: str
    level: int
    order: int
    outcome: str
    steps: int
    reward: float
    entered: Mapping[str, int] = field(hash=False)
    deadline: int
    group: str = ""
    scores: Mapping[str, int] = field(default_factory=dict, hash=False)
    intent: Mapping[str, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Check every value, and make plain numbers of numpy's."""
        for name in ("pair", "condition"):
            _check_name(name, getattr(self, name))
        if self.group:
            _check_name("group", self.group)
        if self.outcome not in OUTCOMES:
            raise RecordError(
                f"outcome {quoted(self.outcome)} is unknown; use one of {', '.join(OUTCOMES)}"
            )
        for name in ("level", "order", "steps", "deadline"):
            object.__setattr__(self, name, _count(name, getattr(self, name)))
        if self.level >= EVAL_LEVELS.stop:
            raise RecordError(f"level is {self.level}; it must be below {EVAL_LEVELS.stop}")
        if self.steps > self.deadline:
            raise RecordError(f"steps is {self.steps}, past the deadline of {self.deadline}")
        object.__setattr__(self, "reward", float(self.reward))
        if not math.isfinite(self.reward):
            raise RecordError(f"reward is {self.reward}; it must be a finite number")
        object.__setattr__(self, "entered", _checked_entered(self.entered, self.steps))
        object.__setattr__(self, "scores", _checked_scores(self.scores))
        object.__setattr__(self, "intent", _checked_intent(self.intent))

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What no other row of a table has: pair, condition, level and group."""
        return self.pair, self.condition, self.level, self.group


def _checked_entered(entered: Mapping[str, int], steps: int) -> dict[str, int]:
    checked = {site: _count(f"entered {site}", step) for site, step in entered.items()}
    for site, step in checked.items():
        if not _SITE.fullmatch(site):
            raise RecordError(
                f"entered has the site name {quoted(site)}; use letters, digits and -"
            )
        if step > steps:
            raise RecordError(f"site {site} is entered at step {step}, after the end at {steps}")
    return checked


def _checked_scores(scores: Mapping[str, int]) -> dict[str, int]:
    checked = {name: operator.index(points) for name, points in scores.items()}
    for name, points in checked.items():
        if name not in SCORES:
            raise RecordError(f"score {quoted(name)} is unknown; use one of {', '.join(SCORES)}")
        if abs(points) > _MOST_POINTS:
            raise RecordError(f"score {name} is {points}; it must have at most 15 digits")
    return checked


def _checked_intent(intent: Mapping[str, int]) -> dict[str, int]:
    checked = {name: _count(f"intent {name}", number) for name, number in intent.items()}
    for name in checked:
        if name not in INTENT:
            raise RecordError(f"intent {quoted(name)} is unknown; use {', '.join(INTENT)}")
    if not checked:
        return checked
    parts = [number for name, number in checked.items() if name != "states"]
    if "states" not in checked or len(parts) not in (0, len(INTENT) - 1):
        raise RecordError(f"intent names {', '.join(checked)}; it has states alone, or all of them")
    # Four numbers that were rounded add up to a million but for two.
    if parts and abs(sum(parts) - _MILLION) > 2:
        raise RecordError(f"intent adds up to {sum(parts)}; it must be millionths of 1")
    return checked


def _check_name(what: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise RecordError(
            f"{what} is {quoted(name)}; a name has letters, digits and . _ / : - only"
        )


def _count(what: str, number: int) -> int:
    """A whole number from 0 as a plain int; numpy's integers become Python's."""
    plain = operator.index(number)
    if plain < 0:
        raise RecordError(f"{what} is {plain}; it must be 0 or more")
    return plain


def says_twice(row: Episode) -> str:
    """The message about a row whose key another row has."""
    by = f" by {row.group}" if row.group else ""
    return f"level {row.level} of {row.pair} under {row.condition}{by} appears twice"
