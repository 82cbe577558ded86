"""Parts of a board, and in which of them a level's site lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
_Ask = Callable[[Places, Places, int, int], NDArray[np.bool_]]

SLOTS: Final = 256  # levels laid out at once

# Of row, column, and how many there are. The line in the middle is in neither half.
REGIONS: Final[Mapping[str, _Ask]] = {
    "left": lambda row, column, rows, columns: 2 * column + 1 < columns,
    "right": lambda row, column, rows, columns: 2 * column + 1 > columns,
    "upper": lambda row, column, rows, columns: 2 * row + 1 < rows,
    "lower": lambda row, column, rows, columns: 2 * row + 1 > rows,
    # Halves beside the diagonal from the upper left to the lower right.
    "upper-right": lambda row, column, rows, columns: column * rows > row * columns,
    "lower-left": lambda row, column, rows, columns: column * rows < row * columns,
}
OPPOSITE: Final[Mapping[str, str]] = {
    "left": "right",
    "right": "left",
    "upper": "lower",
    "lower": "upper",
    "upper-right": "lower-left",
    "lower-left": "upper-right",
}


def lies_in(
    region: str,
    module: ModuleType,
    parameters: Mapping[str, int | str],
    levels: Sequence[int],
) -> NDArray[np.bool_]:
    """In which levels the site where the goal stands in the test lies in a region.

    Args:
        region: one of `REGIONS`.
        module: a native world with ``terrain``.
        parameters: of the world.
        levels: their numbers.

    Returns:
        Of shape (levels,).
    """
    from gmbench.engine.batch import Batch

    conditions = module.PAIR.world.conditions
    index, site = next((i, c.goal) for i, c in enumerate(conditions) if c.name == module.PAIR.test)
    slots = min(SLOTS, len(levels))
    batch = Batch(module, slots, obs="none", parameters=parameters, threads=1)
    found: list[bool] = []
    for first in range(0, len(levels), slots):
        some = [int(level) for level in levels[first : first + slots]]
        batch.begin(range(len(some)), some, [index] * len(some))
        boards = [module.terrain(batch.states[at]) for at in range(len(some))]
        places = np.array([board.place(board.sites[site]) for board in boards])
        found += REGIONS[region](*places.T, *boards[0].walls.shape).tolist()
    return np.array(found, np.bool_)
