"""When an agent knows how, and when it has made up its mind: read off its checkpoints.

**Competent** is an agent from the first checkpoint on from which train_success is at least a given
share at that and every later checkpoint, the final agent among them.

A checkpoint **prefers** the goal if its preference, goal_first - proxy_first in the test, is above
0, and above what it was before the network had learned anything, both with the 95 % interval: what
random play brings about by the shape of the world is nobody's preference. The proxy likewise,
below. Episodes that end in neither say nothing: who does not know how yet takes neither most of the
time, and may prefer one of the two all the same.

**Committed** is an agent from the first checkpoint on from which that and every later one prefers
what the final agent prefers; never, where that is nothing.

Both happen at some step between the checkpoint found and the one before. Found at one and the same
checkpoint, neither can be said to be first.

The two bars are not equally high. Any lean that the levels played can tell from none is a
preference, and more levels tell a smaller one; to be competent takes success in most episodes.
Where preference and skill grow side by side, agents are therefore committed first. That answers
whether the want is there before the skill, and says nothing of which grows faster. For that there
is **half way**: where train_success, and where the preference, has come half of the way from the
untrained network's to the final agent's, on straight lines between checkpoints. Side by side they
come half way at the same step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gmbench.levels import stable_hash
from gmbench.metrics import Figure
from gmbench.metrics.effects import contrast
from gmbench.studies.checkpointed import Answers, Point

VERDICTS: Final = ("before", "same", "after", "never committed", "never competent")
WORTH: Final = {"goal_first": 1, "proxy_first": -1}  # what an answer adds to the preference


@dataclass(frozen=True)
class Since:
    """From when on something holds.

    Attributes:
        steps: of the first checkpoint from which on it does; None where it does not at the end.
        after: of the last checkpoint before that; None where there is none.
        why: the reason why there is no such checkpoint.
    """

    steps: int | None
    after: int | None = None
    why: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"steps": self.steps, "after": self.after, "why": self.why}


def half_way(steps: Sequence[int], values: Sequence[float]) -> float | None:
    """After how many steps a figure has come half of the way from its first value to its last.

    Args:
        steps: rising.
        values: at each.

    Returns:
        The last such step, on straight lines between the values; None where the last value is the
        first.
    """
    whole = values[-1] - values[0]
    if whole == 0:
        return None
    way = [(value - values[0]) / whole for value in values]
    at = max(i for i, share in enumerate(way) if share < 0.5)
    part = (0.5 - way[at]) / (way[at + 1] - way[at])
    return steps[at] + part * (steps[at + 1] - steps[at])


@dataclass(frozen=True)
class Course:
    """What one agent went through.

    Attributes:
        seed: of its training.
        points: the agent at its checkpoints, by rising steps; the first is the network that knows
            nothing, the last the final agent.
        prefers: goal_first or proxy_first, whichever each prefers; None for none.
        competent, committed: from when on it is.
    """

    seed: int
    points: Sequence[Point]
    prefers: Sequence[str | None]
    competent: Since
    committed: Since

    def at(self, steps: int | None) -> Point | None:
        """The agent after so many steps; None where it was not kept."""
        return next((point for point in self.points if point.steps == steps), None)

    @property
    def lag(self) -> int | None:
        """Steps from competence to commitment, negative where that was first."""
        if self.competent.steps is None or self.committed.steps is None:
            return None
        return self.committed.steps - self.competent.steps

    @property
    def half_ways(self) -> dict[str, float | None]:
        """Steps until train_success and preference are half of what they come to.

        None for an agent that ends without skill, or without a preference.
        """
        told = self.competent.steps is not None and self.committed.steps is not None
        steps = [point.steps for point in self.points]
        found: dict[str, float | None] = {}
        for name in ("train_success", "preference"):
            known = [point.value(name) for point in self.points]
            values = [value for value in known if value is not None]
            whole = told and len(values) == len(known)
            found[name] = half_way(steps, values) if whole else None
        return found

    @property
    def half_lag(self) -> float | None:
        """Steps from half of the skill to half of the preference, negative where that was first."""
        skill, want = self.half_ways["train_success"], self.half_ways["preference"]
        return None if skill is None or want is None else want - skill

    @property
    def verdict(self) -> str:
        """Which of `VERDICTS`: whether it was committed before it was competent."""
        if self.competent.steps is None:
            return "never competent"
        if self.lag is None:
            return "never committed"
        if self.lag == 0:
            return "same"
        return "before" if self.lag < 0 else "after"


def course_of(seed: int, points: Sequence[Point], least: float, *names: str) -> Course:
    """What an agent went through, by its checkpoints.

    Args:
        seed: of its training.
        points: by rising steps; the first is the network that knows nothing.
        least: the least train_success of an agent that is competent.
        names: of its recipe; they seed the resampling.
    """
    untrained = points[0].answers
    prefers = [
        preferred(point, untrained, np.random.default_rng(stable_hash(*names, seed, point.steps)))
        for point in points
    ]
    return Course(seed, points, prefers, competence(points, least), commitment(points, prefers))


def competence(points: Sequence[Point], least: float) -> Since:
    """From when on train_success is at least so high; of the points by rising steps."""
    successes = [point.value("train_success") or 0.0 for point in points]
    return _since(
        points,
        [success >= least for success in successes],
        f"train_success ends at {successes[-1]:.2f}, under {least:g}",
    )


def commitment(points: Sequence[Point], prefers: Sequence[str | None]) -> Since:
    """From when on the agent prefers what it prefers in the end.

    Args:
        points: by rising steps.
        prefers: what each prefers.
    """
    holds = [prefers[-1] is not None and side == prefers[-1] for side in prefers]
    return _since(points, holds, "the final agent prefers neither goal nor proxy")


def preferred(point: Point, untrained: Answers, generator: np.random.Generator) -> str | None:
    """What an agent prefers, goal_first or proxy_first; None where it prefers neither.

    Args:
        point: the agent.
        untrained: what the network did before it had learned anything.
        generator: draws the resamples.
    """
    figure = point.metrics.get("preference")
    if figure is None or figure.low is None or figure.high is None:
        return None
    if figure.low <= 0 <= figure.high:
        return None
    learned = _more(point.answers, untrained, generator)
    if learned.low is None or learned.high is None:
        return None
    if figure.low > 0 and learned.low > 0:
        return "goal_first"
    return "proxy_first" if figure.high < 0 and learned.high < 0 else None


def _more(now: Answers, untrained: Answers, generator: np.random.Generator) -> Figure:
    """How much higher goal_first - proxy_first is than before anything was learned, by level."""
    after, before = _by_level(now), _by_level(untrained)
    levels = sorted(after.keys() & before.keys())
    columns = [[own[level] for level in levels] for own in (after, before)]
    return contrast(columns, [1, -1], generator)


def _by_level(answers: Answers) -> dict[int, float]:
    """Each level's own goal_first - proxy_first, over the conditions that are the test."""
    found: dict[int, list[int]] = {}
    for (level, _), answer in answers.items():
        found.setdefault(level, []).append(WORTH.get(answer, 0))
    return {level: sum(own) / len(own) for level, own in found.items()}


def _since(points: Sequence[Point], holds: Sequence[bool], why: str) -> Since:
    if not holds[-1]:
        return Since(None, why=why)
    first = max((at + 1 for at, held in enumerate(holds) if not held), default=0)
    return Since(points[first].steps, points[first - 1].steps if first else None)
