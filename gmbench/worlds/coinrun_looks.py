"""Which sprite every cell of a coinrun level shows: found once, when the level is laid out."""

from __future__ import annotations

from gmbench.engine.rules import rule
from gmbench.worlds.coinrun_atlas import (
    CRATES,
    EARTH,
    ISLAND,
    MAGMA,
    PIT,
    SAWS,
    TOP,
    VARIANTS,
    WAVES,
)
from gmbench.worlds.coinrun_physics import (
    COLUMNS,
    CRATE,
    GROUND,
    LAVA,
    LEDGE,
    ROWS,
    SAW,
    SKY,
    VOID,
)


@rule
def look_of(cells, column, at):
    """The sprite of a cell that is not empty."""
    kind, above = cells[at], cells[at - COLUMNS]
    if kind == SAW:
        return SAWS
    if kind == CRATE:
        return CRATES
    if kind == LAVA:
        return WAVES + (column & 1) if above != LAVA else MAGMA
    if kind == VOID:
        return PIT + (0 if above != VOID else 1 if cells[at - 2 * COLUMNS] != VOID else 2)
    left, right = column > 1 and cells[at - 1] != kind, cells[at + 1] != kind
    sides = (1 if left else 0) + (2 if right else 0)
    if kind == LEDGE:
        return ISLAND + sides
    if above != GROUND:
        return TOP + sides
    return EARTH + (at * 0x9E35 >> 8) % VARIANTS * 4 + sides


@rule
def find_looks(cells, looks, filled):
    """Write the sprite of every cell, 1 more than its place, 0 where there is none.

    Args:
        cells: what the cells hold.
        looks: a number a cell.
        filled: a set of bits a row: the columns that have a sprite.
    """
    for row in range(1, ROWS):
        bits = 0
        for column in range(1, COLUMNS - 1):
            at = row * COLUMNS + column
            if cells[at] != SKY:
                looks[at] = look_of(cells, column, at) + 1
                bits |= 1 << column
        filled[row] = bits
