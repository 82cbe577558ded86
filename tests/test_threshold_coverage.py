"""Intervals of the noise that halves a share hold the truth as often as they say: simulated.

As many levels and noises as the suite `degrade` has, shares that fall as those of the baselines do
or hardly, and levels of which some are harder than others under every noise.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from gmbench.metrics import thresholds
from gmbench.metrics.thresholds import LOSSES, Fall, halved_at, losses
from gmbench.suites import load_suite

pytestmark = pytest.mark.slow

TRIALS = 2_000
Shares = NDArray[np.float64]
SUITE = load_suite("degrade")
LEVELS = SUITE.entries[0].levels
ACTION, WEIGHTS = (np.array(SUITE.settings[name]) for name in ("action_noise", "weight_noise"))

# Noises, the goal's shares, the skill's, episodes that hang together, and how much of an episode's
# end its level decides, rather than chance under each noise.
CASES: dict[str, tuple[Shares, Shares, Shares, int, float]] = {
    "random actions": (
        ACTION,
        np.array([0.73, 0.74, 0.71, 0.71, 0.71, 0.69, 0.65, 0.49, 0.31, 0.11]),
        np.array([0.97, 0.97, 0.97, 0.97, 0.96, 0.92, 0.9, 0.74, 0.39, 0.1]),
        1,
        0.3,
    ),
    "shaken weights": (
        WEIGHTS,
        np.array([0.73, 0.58, 0.33, 0.2, 0.1, 0.05, 0.05, 0.04]),
        np.array([0.97, 0.86, 0.57, 0.18, 0.12, 0.07, 0.06, 0.06]),
        2,
        0.6,
    ),
    "hardly falling": (
        ACTION,
        np.array([0.5, 0.45, 0.4, 0.35, 0.3, 0.27, 0.25, 0.22, 0.15, 0.1]),
        np.linspace(0.95, 0.2, len(ACTION)),
        1,
        0.3,
    ),
    "little to lose": (ACTION, 0.4 * np.exp(-ACTION / 0.5), 0.95 - 0.75 * ACTION, 1, 0.5),
}


def drawn(
    random: np.random.Generator, shares: tuple[Shares, Shares], size: int, decided: float
) -> list[NDArray[np.float64]]:
    """Hits of shape (clusters, noises) for each of two falls that share their levels."""
    clusters = LEVELS // size
    level = random.normal(size=(clusters, size, 1))
    found = []
    for share in shares:
        own, chance = (random.normal(size=(clusters, size, n)) for n in (1, len(share)))
        hard = np.sqrt(0.5) * (level + own)
        ends = np.sqrt(decided) * hard + np.sqrt(1 - decided) * chance
        found.append((ends < norm.ppf(share)).sum(axis=1).astype(np.float64))
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_noise_that_loses(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thresholds, "RESAMPLES", 500)  # a record's have four times as many
    noises, goal, skill, size, decided = CASES[case]
    lost = [float(halved_at(noises, share[None])[0]) for share in (goal, skill)]
    truths = dict(zip(LOSSES, (*lost, lost[0] - lost[1]), strict=True))
    random = np.random.default_rng(8)
    held = dict.fromkeys(LOSSES, 0)
    for _ in range(TRIALS):
        hits = drawn(random, (goal, skill), size, decided)
        falls = [Fall(noises, of, np.full_like(of, size)) for of in hits]
        for name, figure in losses(*falls, random).items():
            assert figure.low is not None and figure.high is not None
            held[name] += figure.low <= truths[name] <= figure.high
    print({name: count / TRIALS for name, count in held.items()})
    assert all(0.93 <= count / TRIALS <= 0.97 for count in held.values())
