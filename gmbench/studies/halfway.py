"""Where a curve over alpha passes a threshold, and how sure that is.

Agents of one seed begin with the same weights and see the same levels at every alpha but for those
in the test condition, so what one seed is better at it is better at along the curve. Seeds are
therefore resampled with all their alphas; each alpha by itself gave intervals that covered 93 %
where a seed's agents are much alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from scipy.stats import t as student

from gmbench.metrics.intervals import RESAMPLES, TAILS
from gmbench.metrics.monotone import rising
from gmbench.metrics.seeds import iqm, iqms

# From here on the interval covers as often as it says, by simulation
# (tests/studies/test_halfway.py); of 10 seeds it was too wide.
FEWEST_SEEDS: Final = 12

Scores = Mapping[float, Mapping[int, float]]  # alpha to seed to score

METHOD: Final = (
    "the interquartile means over seeds, made rising by isotonic regression; between two alphas"
    " linear in log alpha, from alpha 0 linear in alpha"
)


def passes(
    alphas: NDArray[np.float64], middles: NDArray[np.float64], threshold: float
) -> NDArray[np.float64]:
    """The smallest alpha at which the rising curve through the points reaches a threshold.

    Args:
        alphas: rising, from 0 to 1, shape (alphas,).
        middles: of many curves, shape (curves, alphas).
        threshold: what to reach.

    Returns:
        Shape (curves,): the alpha; the first one where a curve begins at or above the threshold;
        infinity where it ends below.
    """
    curve = rising(middles)
    above = curve >= threshold
    at = np.maximum(above.argmax(axis=1), 1)
    each = np.arange(len(curve))
    before, after = curve[each, at - 1], curve[each, at]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (threshold - before) / (after - before)
        logs = np.log(alphas)
        between = np.exp(logs[at - 1] + share * (logs[at] - logs[at - 1]))
    found = np.where(alphas[at - 1] > 0, between, alphas[at] * share)
    found = np.where(above[:, 0], alphas[0], found)
    return np.where(above.any(axis=1), found, np.inf)


def halfway(values: Scores, threshold: float, generator: np.random.Generator) -> dict[str, Any]:
    """Where a score passes a threshold, for JSON.

    Args:
        values: alpha to seed to score, at least one, of two alphas or more.
        threshold: what to pass.
        generator: draws the resamples.

    Returns:
        ``value``, the alpha, null where it is not passed between the alphas, and then ``why``;
        ``low`` and ``high``: the bootstrap's 95 % interval over seeds, null under 12 seeds at any
        alpha, or for an end that lies past the alphas; ``method``. Where alphas have different
        seeds, each is resampled by itself.
    """
    alphas = sorted(values)
    samples = [np.array([values[a][seed] for seed in sorted(values[a])]) for a in alphas]
    middles = np.array([[iqm(sample) for sample in samples]])
    found: float | None = float(passes(np.array(alphas), middles, threshold)[0])
    why = None
    if found == math.inf:
        found, why = None, f"stays under {threshold:g} up to alpha {alphas[-1]:g}"
    elif found == alphas[0]:
        found, why = None, f"is not under {threshold:g} at alpha {alphas[0]:g}"
    low, high, how = None, None, f"no interval: under {FEWEST_SEEDS} seeds"
    if min(map(len, samples)) >= FEWEST_SEEDS:
        together = len({frozenset(of_seeds) for of_seeds in values.values()}) == 1
        low, high = _interval(samples, together, alphas, threshold, generator)
        how = "expanded percentile bootstrap over seeds"
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
    together: bool,
    alphas: Sequence[float],
    threshold: float,
    generator: np.random.Generator,
) -> tuple[float | None, float | None]:
    """The interval's ends; None for one that lies past the alphas.

    Args:
        samples: of every alpha the scores, by rising seed.
        together: whether all are of the same seeds.
        alphas: rising.
        threshold: what to reach.
        generator: draws the resamples.
    """
    middles = np.empty((RESAMPLES, len(alphas)))
    for at, sample in enumerate(samples):
        if at == 0 or not together:
            drawn = generator.integers(len(sample), size=(RESAMPLES, len(sample)))
        middles[:, at] = iqms(sample[drawn])
    # A resample that never passes it lies past the largest alpha, wherever that may be.
    found = passes(np.array(alphas), middles, threshold)
    tail = _tail(min(map(len, samples)))
    low, high = np.quantile(found, (tail, 1 - tail), method="closest_observation").tolist()
    inside = [end if alphas[0] < end <= alphas[-1] else None for end in (low, high)]
    return inside[0], inside[1]


def _tail(n: int) -> float:
    """What the interval leaves out at each end, from n seeds at an alpha.

    The percentile interval of so few is too narrow; this widens it as Student's t does a mean's.
    With a further factor of sqrt(n / (n - 1)), as in the source, it was too wide by simulation
    (tests/studies/test_halfway.py).

    Source: Hesterberg 2015, "What teachers should know about the bootstrap" (expanded percentile).
    """
    return float(norm.cdf(student.ppf(TAILS[0], n - 1)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
