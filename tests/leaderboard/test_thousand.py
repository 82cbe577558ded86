"""A thousand submissions over all ten native pairs are ranked in one go."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from made_boards import Mixtures, empty_board

from gmbench.leaderboard.ranking import rank
from gmbench.suites import load_suite

SUBMISSIONS = 1_000
SEEDS = 5


@pytest.mark.slow
def test_a_thousand_submissions_are_ranked(tmp_path: Path) -> None:
    board, generator = empty_board(tmp_path), np.random.default_rng(0)
    pairs = [entry.pair for entry in load_suite("native").entries]
    # One to three neighbours of the suite, as authors send them.
    chosen = [[pairs[(at + step) % 10] for step in range(1 + at % 3)] for at in range(10)]
    made = [Mixtures(some, pool=12) for some in chosen]
    for number in range(SUBMISSIONS):
        made[number % len(made)].write(board, f"made-{number}", SEEDS, generator)
    began = time.process_time()
    ranking = rank(board)
    print(f"{SUBMISSIONS} submissions: {time.process_time() - began:.1f} s of one core")
    (open_,) = [b for b in ranking.boards if b.track == "open"]
    assert [table.pair for table in open_.tables] == pairs
    for table in open_.tables:
        play = sum(table.pair in some for some in chosen) * SUBMISSIONS // len(chosen)
        assert len(table.ranked) + len(table.unranked) == play
        ranks = [line.rank for line in table.ranked]
        assert ranks == sorted(ranks) and ranks[0] == 1
        groups = [line.group for line in table.ranked]
        assert groups == sorted(groups) and 1 < groups[-1] < play / 4
