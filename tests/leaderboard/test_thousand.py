"""A thousand submissions are ranked in one go."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from made_boards import Mixtures, empty_board

from gmbench.leaderboard.ranking import rank

SUBMISSIONS = 1_000
SEEDS = 5


@pytest.mark.slow
def test_a_thousand_submissions_are_ranked(tmp_path: Path) -> None:
    board, generator = empty_board(tmp_path), np.random.default_rng(0)
    made = Mixtures(["corner", "gems"], pool=60)
    for number in range(SUBMISSIONS):
        made.write(board, f"made-{number}", SEEDS, generator)
    began = time.process_time()
    ranking = rank(board)
    print(f"{SUBMISSIONS} submissions: {time.process_time() - began:.1f} s of one core")
    (open_,) = [b for b in ranking.boards if b.track == "open"]
    for table in open_.tables:
        assert len(table.ranked) + len(table.unranked) == SUBMISSIONS
        ranks = [line.rank for line in table.ranked]
        assert ranks == sorted(ranks) and ranks[0] == 1
        groups = [line.group for line in table.ranked]
        assert groups == sorted(groups) and 1 < groups[-1] < SUBMISSIONS / 10
