"""When the player's body first overlaps a site's cell.

The game tells only of the goal. Where the player stands is in the saved state, which costs three
steps' time to read, so a slot is looked at again only when its player could have come to the
nearest open site: after floor(distance / greatest speed) steps, and at least one. The bound holds
per axis over any number of steps, so the first step of overlap is found exactly (tested against
looking at every step).

Source of the speeds: the ``update_agent_velocity`` of each game in openai/procgen 0.10.7.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.procgen.conditions import GOAL_CELL, Cell
from gmbench.procgen.state import OPTIONS, PROGRESS, ProcgenState
from gmbench.procgen.studio import StateBuffer

# Greatest change of x and of y in one step, in cells. Falling: the platform games stop adding
# gravity (at most 0.2) once the speed is past 2, coinrun clips at its jump speed of 1.5.
GREATEST_SPEED: Final = {
    "coinrun": (0.5, 1.5),
    "maze": (1.0, 1.0),
    "ninja": (0.5, 2.2),
    "jumper": (0.5, 2.2),
    "caveflyer": (0.9, 0.9),
}
# What x can change beyond that: coinrun's body is taller than a cell, so its corners pass above
# and below the end of a thin ledge; caught inside, it is set to a cell's edge, less than a cell
# away. It loses its speed by that, which costs more than a second such jolt would gain.
SNAP_X: Final = {"coinrun": 1.0}
BODY_MARGIN: Final = np.float32(0.001)  # Procgen shrinks a body by this when it looks at grid cells
HALF_CELL: Final = np.float32(0.5)
NEVER: Final = np.iinfo(np.int64).max


def overlaps(game: str, x: float, y: float, rx: float, ry: float, cell: Cell) -> bool:
    """Whether a body overlaps a cell, by the rule by which the game's own goal is reached there.

    That is the grid's rule where the goal is a cell and the rule between bodies where it is an
    entity of a cell's size, in float32 like the game.
    """
    radius = np.array((rx, ry), dtype=np.float32)
    centre = np.array((x, y), dtype=np.float32)
    if game in GOAL_CELL:
        half = radius - BODY_MARGIN
        low, high = (centre - half).astype(int), (centre + half).astype(int)
        return bool(low[0] <= cell.x <= high[0] and low[1] <= cell.y <= high[1])
    distance = np.abs(np.array(cell, dtype=np.float32) + HALF_CELL - centre)
    return bool((distance < HALF_CELL + radius).all())


def steps_away(game: str, x: float, y: float, rx: float, ry: float, cell: Cell) -> int:
    """A lower bound, at least 1, on the steps until the body can overlap the cell."""
    speed_x, speed_y = GREATEST_SPEED[game]
    gap_x = max(cell.x - (x + rx), (x - rx) - (cell.x + 1)) - SNAP_X.get(game, 0.0)
    gap_y = max(cell.y - (y + ry), (y - ry) - (cell.y + 1))
    return max(1, math.floor(gap_x / speed_x), math.floor(gap_y / speed_y))


class ArrivalWatch:
    """First arrivals of every slot at the sites of its level.

    Attributes:
        entered: for every slot, site name to the step of the first overlap.
        look_every_step: look at every step instead (the slow oracle of the tests).
    """

    def __init__(self, num_envs: int, states: StateBuffer) -> None:
        self._states = states
        self._open: list[dict[str, Cell]] = [{} for _ in range(num_envs)]
        self._game = [""] * num_envs
        self._next_look = np.full(num_envs, NEVER)
        self.entered: list[dict[str, int]] = [{} for _ in range(num_envs)]
        self.look_every_step = False

    def begin(self, slot: int, state: ProcgenState, cells: Mapping[str, Cell]) -> None:
        """Watch a slot that starts from the given state."""
        self._open[slot] = dict(cells)
        self._game[slot] = state.game
        self.entered[slot] = {}
        x, y, rx, ry = (float(state.player[name]) for name in ("x", "y", "rx", "ry"))
        self._see(slot, 0, x, y, rx, ry)

    def look(self, steps: NDArray[np.int64], ended: NDArray[np.bool_]) -> None:
        """Look at the slots that are due; a slot whose level the game ended is not looked at."""
        due = (self._next_look <= steps) & ~ended
        for slot in np.flatnonzero(due):
            x, y, rx, ry = _player(self._states.read(int(slot)))
            self._see(int(slot), int(steps[slot]), x, y, rx, ry)

    def _see(self, slot: int, step: int, x: float, y: float, rx: float, ry: float) -> None:
        sites, game = self._open[slot], self._game[slot]
        for name in [n for n, cell in sites.items() if overlaps(game, x, y, rx, ry, cell)]:
            self.entered[slot][name] = step
            del sites[name]
        if not sites:
            self._next_look[slot] = NEVER
            return
        wait = min(steps_away(game, x, y, rx, ry, cell) for cell in sites.values())
        self._next_look[slot] = step + (1 if self.look_every_step else wait)


def _player(data: bytes) -> tuple[float, float, float, float]:
    """x, y, rx, ry of the player, straight from a state's bytes."""
    (at,) = struct.unpack_from("<i", data, 4)
    at += 8 + OPTIONS.itemsize
    for _ in range(2):  # the two generators: a flag, a length, a text
        (length,) = struct.unpack_from("<i", data, at + 4)
        at += 8 + length
    x, y, _vx, _vy, rx, ry = struct.unpack_from("<6f", data, at + PROGRESS.itemsize + 4)
    return x, y, rx, ry
