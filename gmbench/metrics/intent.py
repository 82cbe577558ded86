"""Intents over many episodes: in what share of them did the agent go for the goal?

One episode seldom tells much: whoever acts at random for five steps looks like somebody who wants
little. The mean of the episodes' posteriors is therefore drawn towards the four equal parts that
they started from. What is given are the shares under which the episodes are likeliest together
(a mixture, fitted by expectation-maximization), which many uncertain episodes tell well. An agent
that acts at random in some episodes and is firm in others passes for more wanting than it is: the
hypotheses allow for faint intents in as many episodes as for firm ones.

Intervals come from a bootstrap over episodes to which two imaginary ones are added, half an episode
of each intent beyond doubt, as for paired figures (`gmbench.metrics.effects`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.episodes import INTENT, Episode
from gmbench.metrics.effects import IMAGINARY_LEVELS
from gmbench.metrics.intervals import DIGITS, TAILS, Figure, spanning
from gmbench.metrics.table import PairTable

METHOD: Final = "bootstrap of a mixture"
INTENTS: Final = tuple(name for name in INTENT if name != "states")
RESAMPLES: Final = 500
ROUNDS: Final = 1_000  # of expectation and maximization, for the value
TINY: Final = 1e-12
ROUNDS_AGAIN: Final = 80  # for a resample, which begins near it


def intent_figures(
    table: PairTable, conditions: Sequence[str], group: str = ""
) -> dict[str, Figure]:
    """The share of each intent, pooled over some conditions.

    Returns:
        ``intent_goal``, ``intent_proxy``, ``intent_other``, ``intent_random``; n counts the
        episodes that tell. Nothing where the table says nothing of intents.
    """
    rows = [row for condition in conditions for row in table.rows(condition, group).values()]
    if not any(row.intent for row in rows):
        return {}
    figure = ".".join(["intent", *conditions, group])
    shares = intent_shares(posteriors(rows), table.generator(figure))
    return {f"intent_{name}": share for name, share in shares.items()}


def posteriors(rows: Iterable[Episode]) -> NDArray[np.float64]:
    """The posteriors of the episodes that tell an intent, shape (episodes, 4), as `INTENTS`."""
    told = [[row.intent[name] for name in INTENTS] for row in rows if "goal" in row.intent]
    return np.array(told, dtype=np.float64).reshape(-1, len(INTENTS)) / 1e6


def intent_shares(told: NDArray[np.float64], generator: np.random.Generator) -> dict[str, Figure]:
    """The share of each of `INTENTS` among episodes.

    Args:
        told: their posteriors, shape (episodes, 4), each begun from four equal parts.
        generator: draws the resamples.
    """
    n, kinds = told.shape
    if n == 0:
        none = Figure.missing("no episode passes 3 states that tell goal from proxy")
        return dict.fromkeys(INTENTS, none)
    told = told[np.lexsort(told.T)]  # the order of the episodes does not matter
    value = _fitted(told, np.ones((1, n)), np.full((1, kinds), 1 / kinds), ROUNDS)[0].round(DIGITS)
    rows = np.concatenate([told, np.eye(kinds)])
    weights = np.concatenate([np.ones(n), np.full(kinds, IMAGINARY_LEVELS / kinds)])
    size = n + round(IMAGINARY_LEVELS)
    counts = generator.multinomial(size, weights / weights.sum(), size=RESAMPLES)
    begun = np.tile(0.9 * value + 0.1 / kinds, (RESAMPLES, 1))
    low, high = np.quantile(_fitted(rows, counts, begun, ROUNDS_AGAIN), TAILS, axis=0).round(DIGITS)
    return {
        name: spanning(float(value[at]), float(low[at]), float(high[at]), n, METHOD)
        for at, name in enumerate(INTENTS)
    }


def _fitted(
    told: NDArray[np.float64],
    counts: NDArray[np.float64] | NDArray[np.int64],
    shares: NDArray[np.float64],
    rounds: int,
) -> NDArray[np.float64]:
    """The likeliest shares, by expectation-maximization.

    Args:
        told: posteriors from equal parts, so proportional to likelihoods, shape (rows, kinds).
        counts: how often each row occurs in each sample, shape (samples, rows).
        shares: to begin from, shape (samples, kinds).
        rounds: how many.

    Returns:
        Shape (samples, kinds).
    """
    sizes = counts.sum(axis=1, keepdims=True)
    for _ in range(rounds):
        shares = shares * ((counts / (shares @ told.T)) @ told) / sizes
        shares = np.maximum(shares, TINY)  # none may vanish while some episode tells of it alone
    return shares
