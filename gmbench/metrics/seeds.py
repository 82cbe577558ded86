"""Across training seeds: one seed proves nothing, since equal recipes select different goals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmbench.metrics.intervals import RESAMPLES, TAILS, Figure, spanning

FEWEST_SEEDS: Final = 10


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
    return float(_iqm(_finite(values)[None, :])[0])


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
        low, high = np.quantile(_iqm(drawn), TAILS)
        figure = spanning(middle, float(low), float(high), n, "bootstrap")
    return AcrossSeeds(tuple(array.tolist()), float(array.min()), float(array.max()), figure)


def _iqm(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of samples of shape (samples, n), the interquartile mean of each."""
    cut = samples.shape[1] // 4
    kept = np.sort(samples, axis=1)[:, cut : samples.shape[1] - cut]
    return np.asarray(kept.mean(axis=1), dtype=np.float64)


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise ValueError("figures across seeds must be finite, and at least one")
    return array
