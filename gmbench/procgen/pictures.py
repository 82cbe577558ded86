"""Pictures of Procgen levels for people: any part of the world, in the game's own sprites."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmbench.procgen.conditions import Cell
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ProcgenState
from gmbench.procgen.studio import StateBuffer
from gmbench.procgen.wheel import make_games

SIZE: Final = 512  # pixels a side of Procgen's large frame
MARGIN: Final = 3  # cells shown around the start and the sites


class Window(NamedTuple):
    """A rectangle of cells, both corners included."""

    low: Cell
    high: Cell

    @property
    def side(self) -> int:
        """The longer side, in cells: a picture is a square of this many."""
        return max(self.high.x - self.low.x, self.high.y - self.low.y) + 1

    @property
    def scale(self) -> float:
        """Pixels a cell."""
        return SIZE / self.side


def window_of(state: ProcgenState, sites: Sites) -> Window:
    """The part of a level that holds the start and every site, with a margin."""
    player = state.player
    cells = [*sites.cells.values(), Cell(int(player["x"]), int(player["y"]))]
    if sites.start is not None:
        cells.append(sites.start)
    height, width = state.grid.shape
    return Window(
        Cell(
            max(0, min(c.x for c in cells) - MARGIN),
            max(0, min(c.y for c in cells) - MARGIN),
        ),
        Cell(
            min(width - 1, max(c.x for c in cells) + MARGIN),
            min(height - 1, max(c.y for c in cells) + MARGIN),
        ),
    )


class LevelCamera:
    """Draws parts of states. One game and mode; nothing is ever stepped."""

    def __init__(self, game: str, mode: str) -> None:
        self._games = make_games(game, 1, mode, large_frames=True)
        self._states = StateBuffer(self._games, game, mode)

    def picture(self, state: ProcgenState, window: Window) -> NDArray[np.uint8]:
        """The cells of a window, uint8 of shape (h, w, 3), `Window.scale` pixels a cell."""
        self._states.write(0, _cut(state, window).to_bytes())
        frame: NDArray[np.uint8] = self._games.get_info()[0]["rgb"]
        height = round((window.high.y - window.low.y + 1) * window.scale)
        width = round((window.high.x - window.low.x + 1) * window.scale)
        return frame[SIZE - height :, :width].copy()

    def close(self) -> None:
        """Free the game."""
        self._games.close()


def _cut(state: ProcgenState, window: Window) -> ProcgenState:
    """A state whose world is a window of the given one; fit to be drawn, not to be played.

    A game draws its whole world when the view is not centred on the player, so a smaller world
    gives larger cells.
    """
    side, (low, high) = window.side, window
    cut = state.copy()
    cut.options["center_agent"] = 0
    cut.grid = np.full((side, side), int(state.view["out_of_bounds_object"]), dtype=np.int32)
    part = state.grid[low.y : high.y + 1, low.x : high.x + 1]
    cut.grid[: part.shape[0], : part.shape[1]] = part
    cut.view["main_width"] = cut.view["main_height"] = side
    cut.progress["grid_size"] = side * side
    cut.entities["x"] -= low.x
    cut.entities["y"] -= low.y
    return cut
