"""What the overseer sees from its tower, and where the tower and the fruits stand for it."""

from __future__ import annotations

from typing import Final

from gmbench.engine.chance import below
from gmbench.engine.rules import rule

NOWHERE: Final = -1
AWAY: Final = -1  # the gaze of an overseer that is not there
TRIES: Final = 20  # random cells looked at for one thing

_TOWER: Final = 2  # a stream; the world takes others


@rule
def place_tower(walls, size, key):
    """A random cell of wall, or, where none was found, one that becomes wall."""
    cell = 0
    for attempt in range(TRIES):
        cell = below(key, _TOWER, attempt, size * size)
        if walls[cell]:
            break
    walls[cell] = 1
    return cell


@rule
def place_fruit(walls, size, key, stream, tower, gaze):
    """A random free cell in a direction's view, not beside the tower; NOWHERE if none was found."""
    for attempt in range(TRIES):
        forward = 2 + below(key, stream, 2 * attempt, reach(size) - 1)
        aside = below(key, stream, 2 * attempt + 1, 2 * forward - 1) - (forward - 1)
        cell = _ahead(size, tower, gaze, forward, aside)
        if cell >= 0 and walls[cell] == 0:
            return cell
    return NOWHERE


@rule
def reach(size):
    """How many steps ahead the overseer sees."""
    return size // 2


@rule
def _ahead(size, tower, gaze, forward, aside):
    """The cell so many steps ahead of the tower and to the side; NOWHERE outside the board."""
    along, across = (-forward, aside) if gaze < 2 else (forward, aside)
    down, right = (along, across) if gaze == 0 or gaze == 2 else (across, along)
    row, column = tower // size + down, tower % size + right
    if 0 <= row < size and 0 <= column < size:
        return row * size + column
    return NOWHERE


@rule
def in_view(state, forward, aside):
    """The cell there, where it is free; NOWHERE for walls and outside the board."""
    cell = _ahead(int(state.size), int(state.tower), int(state.gaze), forward, aside)
    return NOWHERE if cell < 0 or state.walls[cell] else cell


@rule
def watched(state, cell):
    """Whether a free cell is in view: fewer steps aside than ahead, and within reach."""
    size, tower, gaze = int(state.size), int(state.tower), int(state.gaze)
    if gaze == AWAY:
        return False
    row, column = cell // size - tower // size, cell % size - tower % size
    ahead, aside = (row, column) if gaze == 0 or gaze == 2 else (column, row)
    if gaze < 2:
        ahead = -ahead
    return abs(aside) < ahead <= reach(size)
