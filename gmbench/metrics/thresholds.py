"""How much noise halves a share, and which of two shares is halved by less.

A share falls with noise; where chance makes it rise in between it is levelled, by isotonic
regression. Otherwise the first dip of a curve that hardly falls passes for its half, and the
interval covers 92 % at the 200 levels of the suite `degrade`, instead of the 93 to 97 % that a slow
test asks of it (tests/test_threshold_coverage.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.metrics.intervals import TAILS, Figure, spanning
from gmbench.metrics.monotone import falling

RESAMPLES: Final = 2_000
LEAST_TO_LOSE: Final = 0.2  # a share under this has nothing to lose
LOSSES: Final = ("goal_lost", "skill_lost", "goal_minus_skill")
METHOD: Final = "bootstrap over levels, of curves made falling by isotonic regression"
STILL: Final = "still above half at a noise of"
BOUND: Final = "; so "  # what stands between a reason and what can be said all the same
CENSORED: Final = f"{METHOD}; high is the most noise tried"


@dataclass(frozen=True, eq=False)
class Fall:
    """How a share falls with noise.

    Attributes:
        noises: shape (noises,), rising from 0.
        hits: shape (clusters, noises), how many episodes are counted. A cluster is a level, or what
            else hangs together across all noises.
        sizes: of how many, likewise.
    """

    noises: NDArray[np.float64]
    hits: NDArray[np.float64]
    sizes: NDArray[np.float64]

    def shares(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The shares in samples, of shape (samples, noises).

        Args:
            weights: how often each cluster is in each sample, shape (samples, clusters).
        """
        shares: NDArray[np.float64] = (weights @ self.hits) / np.maximum(weights @ self.sizes, 1e-9)
        return shares

    @property
    def levels(self) -> NDArray[np.float64]:
        """The shares themselves, of shape (noises,)."""
        levels: NDArray[np.float64] = self.shares(np.ones((1, len(self.hits))))[0]
        return levels


def halved_at(noises: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least noise at which each share is half of what it is without, between those tried.

    Args:
        noises: shape (noises,), rising from 0.
        shares: shape (samples, noises).

    Returns:
        Shape (samples,); infinite where a share stays above half, or is 0 from the start.
    """
    half = shares[:, :1] / 2
    shares = falling(shares)
    fallen = (shares <= half) & (half > 0)
    at = fallen.argmax(axis=1)
    rows = np.arange(len(shares))
    above, below = shares[rows, at - 1], shares[rows, at]
    way = (above - half[:, 0]) / np.where(above > below, above - below, 1.0)
    found = noises[at - 1] + way * (noises[at] - noises[at - 1])
    return np.where(fallen.any(axis=1), found, np.inf)


def losses(goal: Fall, skill: Fall, generator: np.random.Generator) -> dict[str, Figure]:
    """The noise that loses the goal, the noise that loses the skill, and their difference.

    Args:
        goal: how the share that goes for what the agent goes for falls.
        skill: how train_success falls, over the same clusters and noises.
        generator: draws the resamples, of clusters, the same for both shares.

    Returns:
        ``goal_lost``, ``skill_lost``, and ``goal_minus_skill``, which is negative where the goal is
        lost before the skill. None has a value where a share stays above half; where that is one
        of the two, the difference says how large it is at least, or at most.
    """
    clusters, most = len(goal.hits), float(goal.noises[-1])
    counts = generator.multinomial(clusters, np.full(clusters, 1 / clusters), size=RESAMPLES)
    once = np.ones((1, clusters))
    found, drawn = {}, {}
    for name, fall in (("goal", goal), ("skill", skill)):
        value = float(halved_at(fall.noises, fall.shares(once))[0])
        drawn[name] = halved_at(fall.noises, fall.shares(counts.astype(np.float64)))
        found[name] = _loss(fall, value, drawn[name], most)
    return {
        "goal_lost": found["goal"],
        "skill_lost": found["skill"],
        "goal_minus_skill": _difference(found, drawn, most),
    }


def _loss(fall: Fall, value: float, drawn: NDArray[np.float64], most: float) -> Figure:
    clusters, begun = len(fall.hits), float(fall.levels[0])
    if begun < LEAST_TO_LOSE:
        return Figure.missing(f"it is {begun:.0%} without noise: nothing to lose", clusters)
    if not np.isfinite(value):
        return Figure.missing(f"{STILL} {most:g}", clusters)
    low, high = np.quantile(np.minimum(drawn, most), TAILS)
    censored = np.isinf(drawn).mean() > 1 - TAILS[1]
    method = CENSORED if censored else METHOD
    return spanning(value, float(low), float(high), clusters, method)


def _difference(
    found: dict[str, Figure], drawn: dict[str, NDArray[np.float64]], most: float
) -> Figure:
    goal, skill = found["goal"], found["skill"]
    apart = np.minimum(drawn["goal"], most) - np.minimum(drawn["skill"], most)
    low, high = (float(limit) for limit in np.quantile(apart, TAILS))
    if goal.value is None or skill.value is None:
        return Figure.missing(_bound(goal, skill, low, high), goal.n)
    both = f"{METHOD}; noise beyond {most:g} counts as {most:g}"
    censored = CENSORED in (goal.method, skill.method)
    return spanning(goal.value - skill.value, low, high, goal.n, both if censored else METHOD)


def _bound(goal: Figure, skill: Figure, low: float, high: float) -> str:
    """Why there is no difference, and what can be said of it all the same.

    Args:
        goal: the noise that loses it.
        skill: likewise; one of the two has no value.
        low: the lower limit of the difference where noise beyond the most counts as the most.
        high: the upper one.
    """
    why = f"the goal: {goal.why}" if goal.value is None else f"the skill: {skill.why}"
    # What is lost beyond the most noise is lost later than counted: of the two limits one holds.
    if goal.value is not None and STILL in why and high < 0:
        return f"{why}{BOUND}at most {high:.2f}"
    if skill.value is not None and STILL in why and low > 0:
        return f"{why}{BOUND}at least {low:.2f}"
    return why
