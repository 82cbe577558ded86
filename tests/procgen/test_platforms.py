"""CoinRun's sections and cells to stand on, against what the literature counted."""

from __future__ import annotations

import numpy as np
import pytest
from procgen_games import FIRST_LEVEL, MODES

from gmbench.procgen.conditions import SPACE, goal_cell
from gmbench.procgen.platforms import (
    coinrun_section_starts,
    coinrun_standable,
    coinrun_walls,
    entity_cells,
    ground_height,
)
from gmbench.procgen.studio import Studio
from gmbench.procgen.worlds.coinrun import SECTION_START, find_sites

pytestmark = pytest.mark.procgen

# Of the published fork's rule, on its own build: share of levels whose coin stands in the first
# section, mean columns of that coin and of the end, share of levels that end at 16 or later.
LITERATURE = {"hard": (0.556, 9.4, 18.4, 0.52), "easy": (0.557, 9.5, 18.6, 0.52)}


def section_statistics(mode: str, levels: int) -> tuple[float, float, float, float]:
    studio = Studio("coinrun", mode)
    in_first, coins, ends = [], [], []
    for level in range(FIRST_LEVEL, FIRST_LEVEL + levels):
        state = studio.start_state(level)
        coin = find_sites(state, level).cells[SECTION_START]
        in_first.append(coin == coinrun_section_starts(state)[0])
        coins.append(coin.x)
        ends.append(goal_cell(state).x)
    studio.close()
    late = np.array(ends) >= 16
    first, coin_column, end_column = (float(np.mean(v)) for v in (in_first, coins, ends))
    return first, coin_column, end_column, float(late.mean())


def agree(mode: str, levels: int, share: float, column: float) -> None:
    found, bands = section_statistics(mode, levels), (share, column, column, share)
    for value, published, band in zip(found, LITERATURE[mode], bands, strict=True):
        assert value == pytest.approx(published, abs=band)


@pytest.mark.parametrize("mode", MODES)
def test_section_starts_agree_with_the_literature(mode: str) -> None:
    agree(mode, 400, share=0.08, column=1.6)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_section_starts_agree_with_the_literature_on_many_levels(mode: str) -> None:
    agree(mode, 3000, share=0.03, column=0.6)


@pytest.mark.parametrize("mode", MODES)
def test_a_section_starts_on_its_ground_after_a_step(mode: str) -> None:
    studio = Studio("coinrun", mode)
    for level in range(60):
        state = studio.start_state(level)
        walls = coinrun_walls(state)
        starts = coinrun_section_starts(state)
        end = goal_cell(state)
        assert starts[0].x == 5
        assert [cell.x for cell in starts] == sorted({cell.x for cell in starts})
        assert starts[-1].x < end.x
        for before, cell in zip([None, *starts], starts, strict=False):
            assert cell.y == ground_height(walls, cell.x)
            assert walls[cell.y - 1, cell.x]
            assert not walls[cell.y, cell.x]
            assert ground_height(walls, cell.x - 1) != cell.y
            if before is not None:
                assert cell.x - before.x >= 3  # the generator's narrowest section
    studio.close()


@pytest.mark.parametrize("mode", MODES)
def test_standable_cells_are_free_and_have_something_below(mode: str) -> None:
    studio = Studio("coinrun", mode)
    on_crates = 0
    for level in range(60):
        state = studio.start_state(level)
        end = goal_cell(state)
        walls = coinrun_walls(state)
        crates = entity_cells(state, [20])
        harmful = entity_cells(state, [2, 5])
        cells = coinrun_standable(state, range(1, end.x + 1))
        assert len(set(cells)) == len(cells)
        for cell in cells:
            below = cell._replace(y=cell.y - 1)
            assert state.grid[cell.y, cell.x] == SPACE
            assert cell not in crates | harmful
            assert walls[below.y, below.x] or below in crates
            on_crates += below in crates
    assert on_crates > 20
    studio.close()
