"""A thousand entries: the site is built in one go, and can still be used."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_boards import SCRIPTED, Mixtures, empty_board
from made_sites import first_page_bytes

from gmbench.leaderboard.ranking import rank
from gmbench.leaderboard.site.build import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ENTRIES = 1_000
SEEDS = 2


@pytest.fixture(scope="module")
def great_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("thousand")
    board, generator = empty_board(root), np.random.default_rng(0)
    shutil.copytree(SCRIPTED, board.scripted)
    made = Mixtures(["corner", "gems"], pool=40)
    for number in range(ENTRIES):
        made.write(board, f"made-{number}", SEEDS, generator)
    ranking = rank(board)
    clock, wall = time.process_time(), time.perf_counter()
    build(board, ranking, root / "site")
    core, whole = time.process_time() - clock, time.perf_counter() - wall
    print(f"the site of {ENTRIES} entries: {core:.1f} s of one core, {whole:.1f} s in all")
    return root / "site"


@pytest.mark.slow
def test_every_one_of_a_thousand_has_its_page_and_its_row(great_site: Path) -> None:
    assert len(list((great_site / "entries").glob("made-*.html"))) == ENTRIES
    text = (great_site / "pairs" / "corner.html").read_text()
    assert text.count('<tr role="row" class="ranked') + text.count('class="unranked') == ENTRIES
    assert len(text) < 4_000_000
    assert first_page_bytes(great_site) <= 300_000


@pytest.mark.slow
def test_a_table_of_a_thousand_sorts(great_site: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((great_site / "pairs" / "corner.html").as_uri())
    cells = "[...document.querySelectorAll('tr:is(.ranked, .unranked) td.score')]"
    scores = f"() => {cells}.map(cell => cell.dataset.v)"
    page.get_by_role("button", name="Pursues the goal", exact=True).click()
    found = [float(one) for one in page.evaluate(scores)]
    assert len(found) == ENTRIES and found == sorted(found, reverse=True)
    page.close()
