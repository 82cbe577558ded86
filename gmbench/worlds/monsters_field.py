"""The field of monsters: what lies where, where things come in, and the cells beside a cell."""

from __future__ import annotations

from typing import Final

from gmbench.engine.chance import below
from gmbench.engine.rules import rule

# What is in a cell; also its index in the world's SPRITES.
NOTHING: Final = 0
APPLE: Final = 1
SHIELD: Final = 2
MONSTER: Final = 3
SHELF: Final = 4

EACH: Final = 5  # apples, shields, monsters

_TRIES: Final = 64  # random cells looked at before the first free one is taken

_START: Final = 1  # streams; the hunt takes others
_SITES: Final = 2


@rule
def apart(size, cell, other):
    """Steps between two cells of an open field."""
    row, other_row = cell // size, other // size
    return abs(row - other_row) + abs((cell - row * size) - (other - other_row * size))


@rule
def keep_off(size):
    """Steps at which monsters come in, at the least."""
    return 2 * size // 3


@rule
def free_cell(things, size, mouse, key, stream, counter, far):
    """A random cell with nothing in it, ``far`` steps or more from the mouse.

    The first free one where 64 tries found none so far away.
    """
    for attempt in range(_TRIES):
        cell = size + below(key, stream, counter * _TRIES + attempt, size * size - size)
        if things[cell] == NOTHING and cell != mouse and apart(size, cell, mouse) >= far:
            return cell
    cell = size
    while things[cell] != NOTHING or cell == mouse:
        cell += 1
    return cell


@rule
def beside(size, cell, action):
    """The cell that a move leads to; against the edge or the shelf, the same cell."""
    if action == 0:
        return cell - size if cell >= 2 * size else cell
    if action == 1:
        return cell - 1 if cell % size > 0 else cell
    if action == 2:
        return cell + size if cell + size < size * size else cell
    if action == 3:
        return cell + 1 if cell % size + 1 < size else cell
    return cell


@rule
def strew(state, first):
    """Everything to its place at the start, the first five things being of this kind."""
    key, size, things = int(state.key), int(state.size), state.things
    state.time = 0
    state.carried = 0
    for cell in range(size * size):
        things[cell] = SHELF if cell < size else NOTHING
    mouse = size + below(key, _START, 0, size * size - size)
    state.mouse = mouse
    for at in range(2 * EACH):
        cell = free_cell(things, size, mouse, key, _SITES, at, 1)
        things[cell] = first if at < EACH else APPLE + SHIELD - first
    for at in range(EACH):
        cell = free_cell(things, size, mouse, key, _SITES, 2 * EACH + at, keep_off(size))
        things[cell] = MONSTER
        state.monsters[at] = cell
