"""The grid observation of coinrun: the same 16 by 16 cells as its pictures, in planes of bits."""

from __future__ import annotations

from typing import Final

from gmbench.engine.rules import rule
from gmbench.worlds.coinrun_atlas import VIEW
from gmbench.worlds.coinrun_physics import COLUMNS, ENEMY_HALF, GROUND, RUN, SKY, patrol
from gmbench.worlds.coinrun_picture import camera

PLANES: Final = (
    # What is in a cell.
    "ground",
    "crate",
    "pit",
    "saw",
    "coin",
    "agent",
    "enemy-right",
    "enemy-left",
    # Bits that are the same in all cells: how the agent stands and moves.
    "x-half",
    "x-quarter",
    "y-half",
    "y-quarter",
    "left",
    "right",
    "fast",
    "stands",
    "rises",
    "steep",
)
AREA: Final = VIEW * VIEW

_COIN: Final = 4
_AGENT: Final = 5
_ENEMY: Final = 6
_BODY: Final = 8  # the first plane of the body's bits
_PLANE_OF: Final = (-1, 0, 1, 0, 2, 3, 2)  # of what a cell holds
_SEEN: Final = (1 << VIEW) - 1
_STEEP: Final = 128  # units a step


@rule
def grid(state, planes):
    """Write `PLANES`."""
    wall = int(state.wall)
    first = camera(int(state.x), wall) >> 8
    for at in range(_BODY * AREA):
        planes[at] = 0
    mark_cells(state, wall, planes, first)
    mark_things(state, planes, first)
    bits = body_bits(state)
    for plane in range(_BODY, len(PLANES)):
        sheet = planes[plane * AREA : (plane + 1) * AREA]
        bit = (bits >> (plane - _BODY)) & 1
        for at in range(AREA):
            sheet[at] = bit


@rule
def mark_cells(state, wall, planes, first):
    """Mark what the cells hold, from column ``first`` on."""
    cells, walled = state.cells, first == 0 or first + VIEW > wall
    for row in range(VIEW):
        if not walled and int(state.filled[row]) >> first & _SEEN == 0:
            continue
        for i in range(VIEW):
            column = first + i
            kind = int(cells[row * COLUMNS + column])
            if column == 0 or column >= wall:
                kind = GROUND
            if kind != SKY:
                planes[_PLANE_OF[kind] * AREA + row * VIEW + i] = 1


@rule
def mark_things(state, planes, first):
    """Mark the coin, the agent and the enemies: those that walk in every cell they overlap."""
    enemies = int(state.enemies)
    for i in range(enemies + 2):
        if i == enemies:
            coin = int(state.coin)
            plane, row = _COIN, coin // COLUMNS
            left = right = coin % COLUMNS if coin >= 0 else -1
        elif i == enemies + 1:
            plane, row = _AGENT, (int(state.y) - 1) >> 8
            left = right = int(state.x) >> 8
        else:
            low, span = int(state.enemy_low[i]), int(state.enemy_span[i])
            middle, onward = patrol(low, span, int(state.enemy_phase[i]), int(state.time))
            plane, row = _ENEMY + (0 if onward else 1), (int(state.enemy_y[i]) >> 8) - 1
            left, right = (middle - ENEMY_HALF) >> 8, (middle + ENEMY_HALF - 1) >> 8
        if row >= 0 and row < VIEW:
            for column in range(max(left, first), min(right, first + VIEW - 1) + 1):
                planes[plane * AREA + row * VIEW + column - first] = 1


@rule
def body_bits(state):
    """Where in its cell the agent is, to a quarter, and how it moves: one bit a plane."""
    x, y, vx, vy = int(state.x), int(state.y), int(state.vx), int(state.vy)
    bits = (x >> 7 & 1) | (x >> 6 & 1) << 1 | (y >> 7 & 1) << 2 | (y >> 6 & 1) << 3
    bits |= (16 if vx < 0 else 0) | (32 if vx > 0 else 0) | (64 if abs(vx) > RUN // 2 else 0)
    bits |= (128 if state.stands else 0) | (256 if vy < 0 else 0)
    return bits | (512 if abs(vy) >= _STEEP else 0)
