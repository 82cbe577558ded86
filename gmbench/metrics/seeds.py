"""Across training seeds: one seed proves nothing, since equal recipes select different goals.

The interquartile mean's interval is the percentile bootstrap's, widened: of few seeds the bootstrap
alone is too narrow, and covers 90 to 94 % at 10 to 20 of them. Its tails are taken as far out as
Student's distribution is wider than the normal one, which makes it 95 to 97 % at 20 seeds, whether
figures crowd together, are skew, or fall into two camps (a slow test measures it). Under 10 there
is no interval.

Source: Hesterberg 2015, "What teachers should know about the bootstrap" (the expanded percentile
interval); Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical
precipice" (the interquartile mean).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from gmbench.metrics.intervals import RESAMPLES, TAILS, Figure, spanning

FEWEST_SEEDS: Final = 10
METHOD: Final = "widened bootstrap"


@dataclass(frozen=True)
class AcrossSeeds:
    """One figure of several agents that differ in their training seed only.

    Attributes:
        values: each agent's figure, in the order of the seeds.
        smallest, largest: the range.
        middle: the interquartile mean; its interval is None under `FEWEST_SEEDS` seeds, where the
            bootstrap is wrong.
    """

    values: tuple[float, ...]
    smallest: float
    largest: float
    middle: Figure


def iqm(values: ArrayLike) -> float:
    """The interquartile mean: a quarter of the values, rounded down, is cut from each end.

    Args:
        values: finite float64 of shape (seeds,), at least one.
    """
    return float(iqms(_finite(values)[None, :])[0])


def across_seeds(values: ArrayLike, generator: np.random.Generator) -> AcrossSeeds:
    """The interquartile mean, all values and their range.

    Args:
        values: finite float64 of shape (seeds,), at least one.
        generator: draws the resamples.
    """
    array = _finite(values)
    n = len(array)
    middle = iqm(array)
    if n < FEWEST_SEEDS:
        figure = Figure(middle, None, None, n, f"none: under {FEWEST_SEEDS} seeds")
    else:
        # Sorted first, so that the order of the seeds does not matter.
        drawn = np.sort(array)[generator.integers(n, size=(RESAMPLES, n))]
        low, high = np.quantile(iqms(drawn), widened_tails(n))
        figure = spanning(middle, float(low), float(high), n, METHOD)
    return AcrossSeeds(tuple(array.tolist()), float(array.min()), float(array.max()), figure)


def widened_tails(n: int) -> tuple[float, float]:
    """Which quantiles of the bootstrap's resamples are the limits, of n seeds."""
    far = float(student.ppf(TAILS[1], n - 1)) * (n / (n - 1)) ** 0.5
    tail = NormalDist().cdf(-far)
    return tail, 1 - tail


def iqms(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The interquartile mean of each of many samples.

    Args:
        samples: finite float64 of shape (samples, n), at least one value in each.

    Returns:
        float64 of shape (samples,).
    """
    cut = samples.shape[1] // 4
    kept = np.sort(samples, axis=1)[:, cut : samples.shape[1] - cut]
    return np.asarray(kept.mean(axis=1), dtype=np.float64)


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise ValueError("figures across seeds must be finite, and at least one")
    return array
