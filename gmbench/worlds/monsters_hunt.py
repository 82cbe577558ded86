"""What happens in a step of monsters: the mouse picks up and runs, the monsters hunt and attack."""

from __future__ import annotations

from typing import Final

from gmbench.engine.chance import below
from gmbench.engine.rules import rule
from gmbench.worlds.monsters_field import (
    APPLE,
    EACH,
    MONSTER,
    NOTHING,
    SHIELD,
    beside,
    free_cell,
    keep_off,
)

BOUNTY: Final = 3  # what a monster beaten pays
CAN_CARRY: Final = 10
CALM: Final = 25  # the step at whose end monsters vanish, and training stops

_REST: Final = 3  # tenths of their steps in which monsters make no move,
_TWO_MOVES: Final = 2  # and two

_REAPPEAR: Final = 3  # streams
_COME_BACK: Final = 4
_PACE: Final = 5


@rule
def move_mouse(state, things, size, action):
    """What the move pays, and what it picked up."""
    to = beside(size, int(state.mouse), action)
    thing = int(things[to])
    if thing == MONSTER:
        at = 0
        while state.monsters[at] != to:
            at += 1
        if state.carried > 0:
            state.mouse = to
        return _attack(state, things, size, at, 0), 0
    state.mouse = to
    if thing == NOTHING:
        return 0, 0
    if thing == SHIELD:
        state.carried = min(int(state.carried) + 1, min(size, CAN_CARRY))
    things[to] = NOTHING
    things[free_cell(things, size, to, state.key, _REAPPEAR, int(state.time), 1)] = thing
    return (1 if thing == APPLE else 0), thing


@rule
def hunt(state, things, size, time):
    """Every monster makes no move, one or two; returns what their attacks pay."""
    mouse = int(state.mouse)
    row = mouse // size
    column = mouse - row * size
    paces = below(state.key, _PACE, time, 10**EACH)  # a decimal digit for each monster
    reward = 0
    for at in range(EACH):
        pace = paces % 10
        paces = paces // 10
        moves = 0 if pace < _REST else (2 if pace >= 10 - _TWO_MOVES else 1)
        while moves > 0:
            moves -= 1
            cell = int(state.monsters[at])
            to = _towards(things, size, cell, row, column)
            if to == mouse:
                reward += _attack(state, things, size, at, 1)
                moves = 0
            else:
                things[cell] = NOTHING
                things[to] = MONSTER
                state.monsters[at] = to
    return reward


@rule
def _attack(state, things, size, at, phase):
    """A monster attacks and is gone, another comes; returns what that pays."""
    if state.carried > 0:
        state.carried -= 1
        reward = BOUNTY
    else:
        reward = -1
        if state.time > CALM:
            state.goal_score -= 1
    things[int(state.monsters[at])] = NOTHING
    counter = (2 * int(state.time) + phase) * EACH + at
    far = keep_off(size)
    cell = free_cell(things, size, int(state.mouse), state.key, _COME_BACK, counter, far)
    things[cell] = MONSTER
    state.monsters[at] = cell
    return reward


@rule
def _towards(things, size, cell, row, column):
    """The free cell beside this one that is nearer to the mouse, or this one."""
    from_row = cell // size
    down, right = row - from_row, column - (cell - from_row * size)
    vertical = cell + (size if down > 0 else (-size if down < 0 else 0))
    horizontal = cell + (1 if right > 0 else (-1 if right < 0 else 0))
    first, second = vertical, horizontal
    if abs(right) > abs(down):
        first, second = horizontal, vertical
    if things[first] == NOTHING:
        return first
    return second if things[second] == NOTHING else cell
