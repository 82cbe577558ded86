"""A small board and its site, made once, and a browser to look at it with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_boards import REPOSITORY, SCRIPTED, Mixtures, board_with_baselines
from made_sites import BROWSERS, FLAGS, hostile

from gmbench.leaderboard.document import Ranking
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.ranking import rank
from gmbench.leaderboard.site.build import build
from gmbench.leaderboard.sources import find_entry
from gmbench.leaderboard.verified import finding, write_findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAIRS = ["corner", "keys"]  # one ranks by pursuit, one by preference


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Two of corner's baselines, four submissions on two pairs, one recomputed; the oracles."""
    root = tmp_path_factory.mktemp("small")
    board = board_with_baselines(root, seeds=2)
    shutil.copytree(SCRIPTED, board.scripted)
    shutil.copytree(REPOSITORY / "docs" / "pairs", root / "docs" / "pairs")
    shutil.copytree(REPOSITORY / "docs" / "worlds", root / "docs" / "worlds")
    made, generator = Mixtures(PAIRS, pool=8), np.random.default_rng(1)
    for number in range(4):
        made.write(board, f"made-{number}", 2, generator)
    contents = find_entry(board, "made-1").contents
    write_findings(
        board.verified,
        "made-1",
        [finding("recomputed", pair, content) for pair, content in contents.items()],
    )
    return board


@pytest.fixture(scope="session")
def ranking(small: Places) -> Ranking:
    return rank(small)


@pytest.fixture(scope="session")
def site(small: Places, ranking: Ranking, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its site, in a subfolder."""
    output = tmp_path_factory.mktemp("served") / "a" / "board"
    build(small, ranking, output)
    return output


@pytest.fixture(scope="session")
def hostile_site(small: Places, ranking: Ranking, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same board, whose submissions call themselves what nobody should."""
    output = tmp_path_factory.mktemp("hostile") / "site"
    build(small, hostile(ranking), output)
    return output


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    found = next((path for path in BROWSERS if Path(path).exists()), None)
    if found is None:
        pytest.skip("no browser is installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()
