"""A figure and its 95 % interval: Wilson's for shares, the bootstrap for everything else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE: Final = 0.95
TAILS: Final = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
RESAMPLES: Final = 10_000
DIGITS: Final = 6  # written: far beyond what the intervals support, short of the last bits

Z: Final = NormalDist().inv_cdf(TAILS[1])
_CHUNK: Final = 2_000_000  # counts held at a time while resampling


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test on paired zeros and ones.

    Attributes:
        gained: pairs that went from 0 to 1.
        lost: pairs that went from 1 to 0.
        p: two-sided; the chance of a split at least as uneven if both were equally likely.
    """

    gained: int
    lost: int
    p: float


@dataclass(frozen=True)
class Figure:
    """One number of a record.

    Attributes:
        value: None where there is nothing to say; ``why`` then says why.
        low, high: the 95 % interval; None where there is none.
        n: how many episodes, levels or seeds it rests on.
        method: how the interval was made.
        why: the reason there is no value.
        mcnemar: the exact test beside a paired difference.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    why: str | None = None
    mcnemar: McNemar | None = None

    @classmethod
    def missing(cls, why: str, n: int = 0) -> Figure:
        """A figure without a value."""
        return cls(None, None, None, n, "none", why)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; equal on every machine because the last bits are rounded away."""
        test = self.mcnemar
        return {
            "value": _rounded(self.value),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "n": self.n,
            "method": self.method,
            "why": self.why,
            "mcnemar": test and {"gained": test.gained, "lost": test.lost, "p": _rounded(test.p)},
        }


def wilson(k: int, n: int) -> Figure:
    """The share k of n with Wilson's score interval.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927).

    Raises:
        ValueError: unless 0 <= k <= n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a share")
    if n == 0:
        return Figure.missing("no episodes")
    share = k / n
    low, high = wilson_limits(share, n)
    return Figure(share, low, high, n, "wilson")


def wilson_limits(share: float, n: float) -> tuple[float, float]:
    """The limits of Wilson's interval around a share of n, which need not be a whole number."""
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    # The limits touch 0 and 1 exactly there; rounding would leave 1e-17 of dust.
    return 0.0 if share == 0 else middle - half, 1.0 if share == 1 else middle + half


def bootstrap_mean(values: ArrayLike, generator: np.random.Generator) -> Figure:
    """The mean with the percentile bootstrap's interval.

    Args:
        values: float64 of shape (n,); their order does not matter.
        generator: draws the resamples.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        return Figure.missing("no episodes")
    distinct, counts = np.unique(array, return_counts=True)
    low, high = bootstrap(
        distinct[:, None], counts.astype(np.float64), lambda means: means[:, 0], generator
    )
    value = float(np.repeat(distinct, counts).mean())
    return spanning(value, low, high, array.size, "bootstrap")


def bootstrap(
    rows: NDArray[np.float64],
    weights: NDArray[np.float64],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    generator: np.random.Generator,
) -> tuple[float, float]:
    """The percentile bootstrap of a function of means, from a table of distinct rows.

    Drawing how often each distinct row occurs is the same as drawing rows one by one, faster,
    and does not depend on the order in which the rows came.

    Args:
        rows: shape (distinct, columns).
        weights: shape (distinct,), how often each row was seen; their sum, rounded, is the size
            of a resample.
        statistic: column means of shape (resamples, columns) to figures of shape (resamples,);
            NaN where a resample has none, which is then left out.
        generator: draws the resamples.

    Returns:
        The limits of the 95 % interval; NaN if no resample has a figure.
    """
    size = round(float(weights.sum()))
    step = max(1, _CHUNK // len(rows))
    figures = []
    for start in range(0, RESAMPLES, step):
        drawn = min(step, RESAMPLES - start)
        counts = generator.multinomial(size, weights / weights.sum(), size=drawn)
        figures.append(statistic(counts @ rows / size))
    found = np.concatenate(figures)
    found = found[np.isfinite(found)]
    if found.size == 0:
        return math.nan, math.nan
    low, high = np.quantile(found, TAILS)
    return float(low), float(high)


def spanning(
    value: float, low: float, high: float, n: int, method: str, test: McNemar | None = None
) -> Figure:
    """A figure whose interval holds its value, as a percentile interval at an extreme may not."""
    if math.isnan(low):
        return Figure(value, None, None, n, "none", mcnemar=test)
    return Figure(value, min(low, value), max(high, value), n, method, mcnemar=test)


def _rounded(number: float | None) -> float | None:
    # Adding zero makes -0.0 into 0.0.
    return None if number is None else float(f"{number:.{DIGITS}g}") + 0.0
