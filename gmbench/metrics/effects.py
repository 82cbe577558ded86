"""Paired figures: the same levels under two conditions, or played by two agents.

Intervals come from a bootstrap over levels to which two imaginary levels are added, spread evenly
over everything that could have been seen: the four answers of two yes-or-no questions get half a
level each; of counts, every combination of the least and the most seen in any column. Without them
an agent that always does the same would get an interval of no width: 0 of 200 levels does not prove
0. Source of the two levels: Agresti and Min, "Simple improved confidence intervals for comparing
matched proportions" (2005).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmbench.metrics.intervals import Figure, McNemar, bootstrap, spanning

METHOD: Final = "paired bootstrap"
IMAGINARY_LEVELS: Final = 2.0
MOST_ON_THE_WAY: Final = 0.8
LEAST_DENOMINATOR: Final = 0.2

Column = NDArray[np.bool_] | NDArray[np.float64]


def mcnemar_exact(y1: ArrayLike, y0: ArrayLike) -> McNemar:
    """McNemar's exact test of whether paired answers changed one way more than the other.

    Args:
        y1: bool of shape (n,), the answers after.
        y0: bool of shape (n,), the answers before, on the same levels in the same order.
    """
    after, before = _answers(y1, y0)
    gained = int(np.sum(after & ~before))
    lost = int(np.sum(before & ~after))
    changed = gained + lost
    tail, term = 0, 1  # term is (changed choose i), kept whole so that p is exact
    for i in range(min(gained, lost) + 1):
        tail += term
        term = term * (changed - i) // (i + 1)
    return McNemar(gained, lost, min(1.0, 2 * tail / 2**changed))


def paired_difference(y1: ArrayLike, y0: ArrayLike, generator: np.random.Generator) -> Figure:
    """E[y1] - E[y0] over levels, with a paired bootstrap interval and McNemar's exact test.

    Args:
        y1: bool of shape (n,), the answers after.
        y0: bool of shape (n,), the answers before, on the same levels in the same order.
        generator: draws the resamples.
    """
    columns = _answers(y1, y0)
    return _figure(columns, lambda m: m[:, 0] - m[:, 1], generator, mcnemar_exact(y1, y0))


def contrast(
    columns: Sequence[ArrayLike], weights: Sequence[float], generator: np.random.Generator
) -> Figure:
    """The columns' means over levels, weighted and added, with a paired bootstrap interval.

    Args:
        columns: bool or numbers of shape (n,) each, on the same levels in the same order.
        weights: one a column.
        generator: draws the resamples.
    """
    return _figure(_columns(*columns), lambda m: m @ np.asarray(weights), generator)


def pursuit(y1: ArrayLike, y0: ArrayLike, generator: np.random.Generator) -> Figure:
    """(E[y1] - E[y0]) / (1 - E[y0]): 1 pursues the goal, 0 is indifferent to it.

    Args:
        y1: bool of shape (n,), B entered before A under test.
        y0: bool of shape (n,), B entered before A under train, on the same levels in the same
            order.
        generator: draws the resamples.

    Returns:
        A figure without a value where E[y0] is above `MOST_ON_THE_WAY`.
    """
    columns = _answers(y1, y0)
    n, on_the_way = len(columns[1]), int(columns[1].sum())
    if n and on_the_way / n > MOST_ON_THE_WAY:
        return Figure.missing(
            f"B is entered before A in {on_the_way} of {n} training episodes, "
            f"more than {MOST_ON_THE_WAY:.0%}: too little room for an effect",
            n,
        )
    return _figure(columns, lambda m: _ratio(m[:, 0] - m[:, 1], 1 - m[:, 1]), generator)


def affinity(
    agent: ArrayLike, chance: ArrayLike, oracle: ArrayLike, generator: np.random.Generator
) -> Figure:
    """(mean agent - mean random) / (mean oracle - mean random): a ratio of means, not clipped.

    Args:
        agent: bool or counts of shape (n,), the agent's scores; counts may be negative.
        chance: shape (n,), the random agent's, on the same levels in the same order.
        oracle: shape (n,), the oracle's, likewise.
        generator: draws the resamples.

    Returns:
        A figure without a value where the denominator is not positive or under
        `LEAST_DENOMINATOR` of the scale, the size of the oracle's mean score.
    """
    columns = _columns(agent, chance, oracle)
    # Sums, not means: 1.0 - 0.8 is less than 0.2.
    n, lucky, best = len(columns[0]), float(columns[1].sum()), float(columns[2].sum())
    if lucky >= best or (best != 0 and (best - lucky) / abs(best) < LEAST_DENOMINATOR):
        levels = f"of {n}" if columns[0].dtype == np.bool_ else f"in {n} levels"
        return Figure.missing(
            f"the oracle scores {best:.0f} and random {lucky:.0f} {levels}: too close", n
        )
    return _figure(columns, lambda m: _ratio(m[:, 0] - m[:, 1], m[:, 2] - m[:, 1]), generator)


def _figure(
    columns: tuple[Column, ...],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    generator: np.random.Generator,
    test: McNemar | None = None,
) -> Figure:
    """A function of the columns' means, with the interval the module's docstring describes."""
    n = len(columns[0])
    if n == 0:
        return Figure.missing("no levels")
    table = np.stack(columns, axis=1).astype(np.float64)
    span = (0.0, 1.0) if columns[0].dtype == np.bool_ else _span(table)
    corners = np.array(list(product(span, repeat=len(columns))))
    rows, place = np.unique(np.concatenate([corners, table]), axis=0, return_inverse=True)
    places = place.reshape(-1)  # numpy 2.0.0 gives it a second axis
    seen = np.bincount(places[len(corners) :], minlength=len(rows)).astype(np.float64)
    imagined = np.bincount(places[: len(corners)], minlength=len(rows))
    value = float(statistic((seen @ rows / n)[None, :])[0])
    weights = seen + imagined * (IMAGINARY_LEVELS / len(corners))
    low, high = bootstrap(rows, weights, statistic, generator)
    return spanning(value, low, high, n, METHOD, test)


def _span(table: NDArray[np.float64]) -> tuple[float, float]:
    """The least and the most count seen; where all are one number, that and 0."""
    least, most = float(table.min()), float(table.max())
    return (least, most) if least < most else (min(0.0, least), max(0.0, most))


def _answers(*columns: ArrayLike) -> tuple[NDArray[np.bool_], ...]:
    """Columns of answers, true or false."""
    return _flat(*(np.asarray(column, dtype=np.bool_) for column in columns))


def _columns(*columns: ArrayLike) -> tuple[Column, ...]:
    """Columns of answers where all are, else of numbers."""
    arrays = [np.asarray(column) for column in columns]
    if all(array.dtype == np.bool_ for array in arrays):
        return _flat(*arrays)
    return _flat(*(array.astype(np.float64) for array in arrays))


def _flat(*columns: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    if len({array.shape for array in columns}) != 1 or columns[0].ndim != 1:
        raise ValueError("paired columns must be flat and of one length")
    return columns


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where the denominator is not positive."""
    return np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
