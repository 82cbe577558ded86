"""`verify --retrain` from end to end: small agents, trained anew and held against those sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_boards import board_with_baselines, empty_board, submission

from gmbench.cli import run
from gmbench.errors import UsageError
from gmbench.leaderboard.adding import add, cells_of
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.retrain import retrain
from gmbench.leaderboard.sources import find_entry
from gmbench.studies import load_sweep, run_sweep

RECIPE = """\
pair: corner
parameters: {size: 9, layout: blocks}
steps: 1_024
num_envs: 16
network: {extractor: stock, layers: [16]}
settings: {batch_size: 128, n_epochs: 1, learning_rate: 0.02}
"""
SWEEP = """\
name: tiny
recipes: [mouse.yaml]
seeds: 5
evaluate: {suite: native}
"""


def board_of_mice(root: Path) -> Places:
    """A board with a submission of five agents of a small recipe."""
    board = empty_board(root / "root")
    (root / "mouse.yaml").write_text(RECIPE)
    (root / "tiny.yaml").write_text(SWEEP)
    run_sweep(load_sweep(root / "tiny.yaml"), root / "sweep", jobs=1)
    source = replace(cells_of([root / "sweep"]), recipes={"corner": root / "mouse.yaml"})
    add(board, "mice", submission("Mice"), source)
    return board


@pytest.mark.slow
def test_a_recipe_that_gives_such_agents_again_is_retrained(tmp_path: Path) -> None:
    board = board_of_mice(tmp_path)
    asked = ["--retrain", "--work", str(tmp_path / "work"), "--jobs", "1", "--first-seed", "3"]
    assert run(["leaderboard", "verify", "mice", *asked, "--root", str(board.root)]) == 0
    (found,) = [f for f in find_entry(board, "mice").current("corner") if f.status == "retrained"]
    assert found.passed and found.seeds == [5, 6, 7, 8, 9], "none that was sent"
    assert {one.figure for one in found.comparisons} == {"train_success", "score"}


@pytest.mark.slow
@pytest.mark.bad_input
def test_a_recipe_that_cannot_have_given_the_agents_is_found_out(tmp_path: Path) -> None:
    board = board_with_baselines(tmp_path / "root")
    path = board.baselines / "corner" / "ppo-alpha-0.yaml"
    path.write_text(RECIPE)
    entry = find_entry(board, "baselines:ppo-alpha-0")
    (found,) = retrain(entry, tmp_path / "work", first_seed=100, jobs=1)
    assert not found.passed and found.why is not None and "train_success" in found.why
    path.write_text(RECIPE + "alpha: 0.5\n")
    with pytest.raises(UsageError, match="its alpha is 0.5"):
        retrain(find_entry(board, entry.entry), tmp_path / "work", first_seed=100)
