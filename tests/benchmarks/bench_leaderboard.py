"""How long `rank` takes for a thousand submissions of two pairs and five seeds; the aim is 60 s.

On one core that was shared with much other work it was 49 s of that core.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "leaderboard"))

from made_boards import Mixtures, empty_board  # noqa: E402

from gmbench.leaderboard.ranking import rank  # noqa: E402

SUBMISSIONS = 1_000
SEEDS = 5


def test_rank(benchmark, tmp_path: Path) -> None:
    board, generator = empty_board(tmp_path), np.random.default_rng(0)
    made = Mixtures(["corner", "gems"], pool=60)
    for number in range(SUBMISSIONS):
        made.write(board, f"made-{number}", SEEDS, generator)
    benchmark.pedantic(lambda: rank(board), rounds=1, warmup_rounds=0)
    seconds = benchmark.stats.stats.max
    print(f"\n{SUBMISSIONS} submissions of 2 pairs by {SEEDS} seeds: ranked in {seconds:.1f} s")
