"""Where a curve over alpha passes a threshold, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from gmbench.metrics.intervals import RESAMPLES, TAILS
from gmbench.metrics.seeds import FEWEST_SEEDS, iqm

METHOD: Final = (
    "the interquartile means over seeds, made rising by isotonic regression; between two alphas"
    " linear in log alpha, from alpha 0 linear in alpha"
)


def passes(alphas: Sequence[float], middles: Sequence[float], threshold: float) -> float | None:
    """The smallest alpha at which the rising curve through the points reaches a threshold.

    Args:
        alphas: rising, from 0 to 1.
        middles: one for each.
        threshold: what to reach.

    Returns:
        The alpha; the first one where the curve begins at or above the threshold; None where it
        ends below.
    """
    rising = isotonic_regression(np.asarray(middles, dtype=np.float64)).x
    above = np.flatnonzero(rising >= threshold)
    if above.size == 0:
        return None
    at = int(above[0])
    if at == 0:
        return float(alphas[0])
    share = (threshold - rising[at - 1]) / (rising[at] - rising[at - 1])
    low, high = alphas[at - 1], alphas[at]
    if low == 0.0:
        return float(high * share)
    return float(math.exp(math.log(low) + share * (math.log(high) - math.log(low))))


def halfway(
    values: Mapping[float, Sequence[float]], threshold: float, generator: np.random.Generator
) -> dict[str, Any]:
    """Where a score passes a threshold, for JSON.

    Args:
        values: alpha to the score of every seed, at least one, of two alphas or more.
        threshold: what to pass.
        generator: draws the resamples.

    Returns:
        ``value``, the alpha, null where it is not passed between the alphas, and then ``why``;
        ``low`` and ``high``: the percentile bootstrap's 95 % interval over seeds, null under 10
        seeds at any alpha, or where resamples pass it nowhere between the alphas; ``method``.
    """
    alphas = sorted(values)
    found = passes(alphas, [iqm(values[alpha]) for alpha in alphas], threshold)
    why = None
    if found is None:
        why = f"stays under {threshold:g} up to alpha {alphas[-1]:g}"
    elif found == alphas[0]:
        found, why = None, f"is not under {threshold:g} at alpha {alphas[0]:g}"
    low, high, how = None, None, f"no interval: under {FEWEST_SEEDS} seeds"
    if min(map(len, values.values())) >= FEWEST_SEEDS:
        low, high = _interval([np.asarray(values[a]) for a in alphas], alphas, threshold, generator)
        how = "bootstrap over seeds"
    return {
        "threshold": threshold,
        "value": _rounded(found),
        "low": _rounded(low),
        "high": _rounded(high),
        "why": why,
        "method": f"{METHOD}; {how}",
    }


def _interval(
    samples: Sequence[NDArray[np.float64]],
    alphas: Sequence[float],
    threshold: float,
    generator: np.random.Generator,
) -> tuple[float | None, float | None]:
    """The interval's ends; None for one that lies past the alphas."""
    middles = np.empty((RESAMPLES, len(alphas)))
    for at, sample in enumerate(samples):
        drawn = np.sort(sample)[generator.integers(len(sample), size=(RESAMPLES, len(sample)))]
        cut = len(sample) // 4
        kept = np.sort(drawn)[:, cut : len(sample) - cut]
        middles[:, at] = kept.mean(axis=1)
    found = [passes(alphas, row, threshold) for row in middles]
    # A resample that never passes it lies past the largest alpha, wherever that may be.
    past = np.array([math.inf if one is None else one for one in found])
    low, high = np.quantile(past, TAILS, method="closest_observation")
    inside = [float(end) if alphas[0] < end <= alphas[-1] else None for end in (low, high)]
    return inside[0], inside[1]


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
