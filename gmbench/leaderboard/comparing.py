"""What was told beside what was found: headline figures, level by level or on other levels.

An entry is compared in many figures at once, of all pairs and agents. The 99 % is for all of them
together (Bonferroni), or every honest entry of ten pairs and five seeds would fail somewhere. The
intervals are adjusted Wald intervals, with two imaginary levels as in `gmbench.metrics.effects`:
closed, because a bootstrap has no tails that far out.

Source: Agresti and Min 2005, "Simple improved confidence intervals for comparing matched
proportions"; Agresti and Caffo 2000, "Simple and effective confidence intervals for proportions and
differences of proportions".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.leaderboard.answers import Answers
from gmbench.leaderboard.verified import Comparison
from gmbench.metrics.effects import IMAGINARY_LEVELS

CONFIDENCE: Final = 0.99
FIGURES: Final = ("train_success", "given", "against", "effect")

Column = NDArray[np.float64]


def columns(answers: Answers) -> Mapping[str, Column]:
    """The headline figures' answers by level: skill, the score's two shares, and their difference.

    ``given`` and ``against`` are what the pair's score compares: where the goal is moved, whether
    the agent goes for its new place first, when it is there and when it is not; where preference
    ranks, whether it takes the goal first, or the proxy.
    """
    return {
        "train_success": answers.success,
        "given": answers.given,
        "against": answers.against,
        "effect": answers.given - answers.against,
    }


def width(figures: int) -> float:
    """How many standard errors wide the intervals of so many figures are, together."""
    return NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * max(1, figures)))


def paired(name: str, seed: int | None, told: Column, found: Column, z: float) -> Comparison:
    """A figure on the same levels, played twice."""
    difference = found - told
    n, span = len(difference), _span(name)
    # Two imaginary levels on which both answer at random, at the ends of what could be seen.
    imagined = IMAGINARY_LEVELS * span**2 / 2
    size = n + IMAGINARY_LEVELS
    mean = float(difference.sum()) / size
    variance = (float((difference**2).sum()) + imagined) / size - mean**2
    return _compared(name, seed, told, found, mean, math.sqrt(variance / size), z)


def unpaired(name: str, seed: int | None, told: Column, found: Column, z: float) -> Comparison:
    """A figure on some levels and on others."""
    means, error = [], 0.0
    for column in (told, found):
        size = len(column) + IMAGINARY_LEVELS
        middle = 0.0 if name == "effect" else 0.5
        mean = (float(column.sum()) + IMAGINARY_LEVELS * middle) / size
        imagined = IMAGINARY_LEVELS * (middle**2 + (_span(name) / 2) ** 2)
        error += ((float((column**2).sum()) + imagined) / size - mean**2) / size
        means.append(mean)
    return _compared(name, seed, told, found, means[1] - means[0], math.sqrt(error), z)


def differs(one: Comparison) -> bool:
    """Whether what was told lies outside the interval around what was found."""
    assert one.low is not None and one.high is not None
    return not one.low <= 0 <= one.high


def falls(one: Comparison) -> bool:
    """Whether what was found is surely less than what was told."""
    assert one.high is not None
    return one.high < 0


def _span(name: str) -> float:
    """From the least to the most that a level's answer can be."""
    return 2.0 if name == "effect" else 1.0


def _compared(
    name: str, seed: int | None, told: Column, found: Column, mean: float, error: float, z: float
) -> Comparison:
    return Comparison(
        figure=name,
        seed=seed,
        told=_short(float(told.mean())),
        found=_short(float(found.mean())),
        low=_short(mean - z * error),
        high=_short(mean + z * error),
        n=len(found),
    )


def _short(value: float) -> float:
    return float(f"{value:.6g}") + 0.0
