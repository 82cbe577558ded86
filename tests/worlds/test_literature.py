"""What others have published about these worlds, as far as ours are theirs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit

from gmbench.engine.batch import Batch
from gmbench.engine.chance import level_key
from gmbench.worlds import trees
from gmbench.worlds.boards import LAYOUTS, distances, lay_out, random_free, scratch_fields

SIZE = 13
CORNER = 0
BLOCKS = LAYOUTS.index("blocks")
MAZES = 20_000  # the standard error of a share is under 0.3 points
MOUSE, CHEESE = 1, 2  # streams of random numbers


@njit
def unsolvable(walls, scratch, mazes, in_corner):
    """Unfiltered block mazes in which no way leads from a random free cell to the cheese."""
    lost = 0
    for number in range(mazes):
        key = level_key(number, 0)
        lay_out(walls, scratch, SIZE, BLOCKS, key)
        walls[CORNER] = 0
        mouse = random_free(walls, SIZE, key, MOUSE)
        cheese = CORNER if in_corner else random_free(walls, SIZE, key, CHEESE)
        distances(walls, SIZE, mouse, scratch.dist, scratch.queue)
        lost += 1 if scratch.dist[cheese] < 0 else 0
    return lost


@pytest.mark.parametrize(("in_corner", "published"), [(True, 0.18), (False, 0.07)])
def test_as_many_block_mazes_are_unsolvable_as_jaxgmg_s(in_corner: bool, published: float) -> None:
    """JaxGMG's generator: 13 by 13, a quarter walls (Abdel Sadek et al. 2025)."""
    scratch = np.zeros(1, np.dtype(scratch_fields(SIZE), align=True))[0]
    share = unsolvable(np.zeros(SIZE * SIZE, np.uint8), scratch, MAZES, in_corner) / MAZES
    assert share == pytest.approx(published, abs=0.015)


def regrowth(trees_left: int) -> float:
    """Shah et al. 2022: r = max(r_min, r_max log(1 + n) / log(1 + n_max)); this r_max is ours."""
    r_min, r_max, n_max = 1e-6, 0.25, 10
    return max(r_min, r_max * math.log(1 + trees_left) / math.log(1 + n_max))


def test_trees_grow_by_the_formula() -> None:
    assert len(trees.GROWTH) == trees.CELLS + 1
    for left, threshold in enumerate(trees.GROWTH):
        assert threshold / 2**32 == pytest.approx(regrowth(left), abs=2**-32)


@pytest.mark.parametrize("left", [1, 10, trees.AT_THE_START])
def test_a_tree_grows_as_often_as_the_formula_says(left: int) -> None:
    fields = MAZES
    batch = Batch(trees, fields, obs="none", autoreset=False, threads=1)
    batch.begin(range(fields), range(fields), [1] * fields)
    batch.states["trees"] *= np.cumsum(batch.states["trees"], axis=1) <= left
    batch.states["standing"] = left
    batch.step(np.full(fields, trees.STAY))
    grown = float((batch.states["standing"] == left + 1).mean())
    assert grown == pytest.approx(regrowth(left), abs=0.012)  # four standard errors
