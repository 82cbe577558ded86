"""Parts of a board: which cells are in them, and in which levels B is."""

from __future__ import annotations

import numpy as np
import pytest

from gmbench.engine.batch import Batch
from gmbench.envs.regions import OPPOSITE, REGIONS, SLOTS, lies_in
from gmbench.worlds import corner, dish

SIZE = 7


def cells_of(region: str, size: int = SIZE) -> set[tuple[int, int]]:
    rows, columns = np.indices((size, size)).reshape(2, -1)
    there = REGIONS[region](rows, columns, size, size)
    return {(int(r), int(c)) for r, c, t in zip(rows, columns, there, strict=True) if t}


@pytest.mark.parametrize(
    ("region", "inside", "outside"),
    [
        ("left", [(0, 0), (6, 2)], [(0, 3), (0, 4)]),
        ("right", [(0, 4), (6, 6)], [(0, 3), (6, 0)]),
        ("upper", [(0, 6), (2, 0)], [(3, 0), (6, 6)]),
        ("lower", [(4, 0), (6, 6)], [(3, 6), (0, 0)]),
        ("upper-right", [(0, 1), (5, 6)], [(0, 0), (3, 3), (1, 0)]),
        ("lower-left", [(1, 0), (6, 5)], [(0, 0), (6, 6), (0, 1)]),
    ],
)
def test_regions_are_where_their_names_say(
    region: str, inside: list[tuple[int, int]], outside: list[tuple[int, int]]
) -> None:
    cells = cells_of(region)
    assert cells.issuperset(inside) and cells.isdisjoint(outside)


@pytest.mark.parametrize("size", [7, 8])
@pytest.mark.parametrize("region", REGIONS)
def test_opposite_regions_are_as_large_and_apart(region: str, size: int) -> None:
    one, other = cells_of(region, size), cells_of(OPPOSITE[region], size)
    assert len(one) == len(other) > size * size // 3
    assert not one & other
    assert OPPOSITE[OPPOSITE[region]] == region


def test_a_mirrored_board_has_the_diagonal_regions_exchanged() -> None:
    # The corner in the upper left stays where it is: that is why they are alike there.
    assert {(c, r) for r, c in cells_of("upper-right")} == cells_of("lower-left")


@pytest.mark.parametrize("module", [corner, dish])
def test_where_b_lies_is_read_from_the_levels_themselves(module: object) -> None:
    levels = range(1_000, 1_000 + SLOTS + 10)
    found = lies_in("left", module, {"size": SIZE}, levels)  # type: ignore[arg-type]
    batch = Batch(module, 1, obs="none", parameters={"size": SIZE}, threads=1)  # type: ignore[arg-type]
    for at in (0, 1, SLOTS - 1, SLOTS, SLOTS + 9):
        batch.begin([0], [levels[at]], [1])
        assert found[at] == (int(batch.states[0]["site_b"]) % SIZE < SIZE // 2)
    assert 0.2 < found.mean() < 0.6
