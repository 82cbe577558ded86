"""Rank intervals hold the true rank as often as they say, near ties, at ties and at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from gmbench.leaderboard.answers import Answers
from gmbench.leaderboard.ranks import ranks, scores

LEVELS = 200
BOARDS = 300
CASES = {
    "all equal": [0.7] * 8,
    "all at the edge": [0.0] * 8,
    "near ties": [0.70, 0.71, 0.72, 0.73, 0.74, 0.75, 0.76, 0.77],
    "two camps": [0.02] * 4 + [0.9] * 4,
    "spread": [0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0],
    "two": [0.5, 0.55],
}


def board(truth: list[float], generator: np.random.Generator) -> list[list[Answers]]:
    """One agent an entry; some levels are harder than others for everybody."""
    hard = generator.random(LEVELS)
    found = []
    for p in truth:
        own = 0.5 * hard + 0.5 * generator.random(LEVELS)
        given = (own < threshold(p)).astype(np.float64)
        against = (generator.random(LEVELS) < 0.02 * (p < 1)).astype(np.float64)
        levels = np.arange(LEVELS)
        found.append([Answers(levels, np.ones(LEVELS), given, against, False)])
    return found


def threshold(p: float) -> float:
    """Where the mean of two uniform numbers is under it with chance p."""
    return (p / 2) ** 0.5 if p <= 0.5 else 1 - ((1 - p) / 2) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_rank_interval_holds_the_true_rank_in_95_of_100_boards(case: str) -> None:
    truth = np.array(CASES[case]) - 0.02 * (np.array(CASES[case]) < 1)
    generator = np.random.default_rng(7)
    held = np.zeros(len(truth))
    for number in range(BOARDS):
        names = [f"entry-{at}" for at in range(len(truth))]
        found = ranks(scores(board(CASES[case], generator), names, f"board-{number}"))
        for at, one in enumerate(found):
            best, worst = 1 + (truth > truth[at]).sum(), (truth >= truth[at]).sum()
            held[at] += one.low <= best and worst <= one.high
    share = held / BOARDS
    print(f"{case}: every true rank held in {share.min():.3f} to {share.max():.3f} of boards")
    # 0.95 less three standard errors of so many boards.
    assert share.min() >= 0.95 - 3 * (0.95 * 0.05 / BOARDS) ** 0.5


@pytest.mark.slow
def test_a_lead_of_a_tenth_is_found() -> None:
    generator = np.random.default_rng(8)
    sure = 0
    for number in range(100):
        drawn = board([0.6, 0.6, 0.6, 0.8], generator)
        found = ranks(scores(drawn, ["a", "b", "c", "d"], f"board-{number}"))
        sure += found[3].high == 1 and found[3].group == 1 and found[0].group == 2
    assert sure >= 90
