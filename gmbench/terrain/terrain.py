"""Levels made of cells, as they stood when their episode began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

DETOUR: Final = 4  # steps by which two sites must lie off each other's way (the design's rule)

Step = tuple[int, int]  # rows down, columns to the right


@dataclass(frozen=True, eq=False)
class Board:
    """A level seen from afar; cells are numbered row by row, from the top left.

    Attributes:
        walls: bool of shape (rows, columns), what nobody can be in.
        start: the cell in which the agent begins.
        sites: the cells of the level's sites, by name.
    """

    walls: NDArray[np.bool_]
    start: int
    sites: Mapping[str, int]

    def place(self, cell: int) -> tuple[int, int]:
        """A cell's row and column."""
        row, column = divmod(int(cell), self.walls.shape[1])
        return row, column


@dataclass(frozen=True, eq=False)
class Terrain(Board):
    """Where every action leads in a level in which nothing but the agent's cell changes.

    Every step can be taken back, so that a way is as long in either direction.

    Attributes:
        after: int32 of shape (cells, actions): the cell that each action leads to.
    """

    after: NDArray[np.int32]

    @classmethod
    def of(
        cls, walls: ArrayLike, moves: Sequence[Step], start: int, sites: Mapping[str, int]
    ) -> Terrain:
        """The terrain of a board on which a move against a wall or the edge does nothing.

        Args:
            walls: of shape (rows, columns), true where a wall stands.
            moves: what each action does.
            start: the cell in which the agent begins.
            sites: the cells of the level's sites, by name.
        """
        stands = np.asarray(walls, dtype=np.bool_)
        rows, columns = stands.shape
        edge = max(abs(by) for move in moves for by in move)
        edged = np.ones((rows + 2 * edge, columns + 2 * edge), np.bool_)
        edged[edge : edge + rows, edge : edge + columns] = stands
        cells = np.arange(rows * columns, dtype=np.int32)
        after = np.empty((len(cells), len(moves)), np.int32)
        for action, (down, right) in enumerate(moves):
            open_ = ~edged[edge + down :, edge + right :][:rows, :columns].ravel()
            after[:, action] = cells + (down * columns + right) * open_
        return cls(stands, int(start), {name: int(cell) for name, cell in sites.items()}, after)

    def distances(self, sources: ArrayLike) -> NDArray[np.int32]:
        """Steps of the shortest way between some cells and all.

        Args:
            sources: cells, of shape (n,).

        Returns:
            int32 of shape (n, cells); -1 where there is no way.
        """
        from gmbench.terrain.search import search  # numba is loaded by those who ask

        begun = np.asarray(sources, dtype=np.int64)
        steps = np.empty((len(begun), len(self.after)), np.int32)
        search(self.after, begun, steps, np.empty(len(self.after), np.int32))
        return steps

    def elsewhere(self, *sites: int) -> NDArray[np.int64]:
        """The cells that going to is another journey than going to any of some sites.

        That is the rule by which a level's own sites are chosen: seen from the start, neither lies
        on the way to the other, by `DETOUR` steps at least.

        Returns:
            int64 of shape (n,), rising; there may be none.
        """
        steps = self.distances([self.start, *sites])
        to_cell, between, to_site = steps[0], steps[1:], steps[0, list(sites)][:, None]
        leads = (to_cell >= 0) & (between >= 0) & (to_site >= 0)
        off_the_way = np.minimum(to_cell - to_site, to_site - to_cell) + between >= DETOUR
        return np.flatnonzero((leads & off_the_way).all(axis=0))
