"""Boards that many tests look at, made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_boards import REPOSITORY, SLUG, board_with_a_submission

from gmbench.leaderboard.document import Ranking
from gmbench.leaderboard.places import Places, places
from gmbench.leaderboard.ranking import rank


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """A board with one submission, to be looked at and not changed."""
    return board_with_a_submission(tmp_path_factory.mktemp("board"))


@pytest.fixture
def board(made: Places, tmp_path: Path) -> Places:
    """The same, to be changed."""
    shutil.copytree(made.leaderboard, tmp_path / "root" / "leaderboard")
    return places(tmp_path / "root")


@pytest.fixture
def folder(board: Places) -> Path:
    """Of its submission."""
    return board.submissions / SLUG


@pytest.fixture(scope="session")
def shipped_ranking() -> Ranking:
    """The ranking of what this repository holds."""
    return rank(places(REPOSITORY))
