"""The scripted agents of monsters: the shortest way to the nearest thing that they want."""

from __future__ import annotations

from typing import Any, Final

from gmbench.engine.rules import rule
from gmbench.worlds.monsters_field import APPLE, MONSTER, SHELF, SHIELD, beside

STAY: Final = 4  # an action that does nothing, of scripted agents alone

_NOT_SEEN: Final = 5


def scratch_fields(size: int, **_: Any) -> list[tuple[Any, ...]]:
    """What the agents find their way with."""
    return [("first", "u1", (size * size,)), ("queue", "i2", (size * size,))]


@rule
def oracle(state, scratch, role):
    """To the nearest shield; without monsters the goal's goes to the nearest apple.

    It goes round what it does not want, once there are no monsters, and without a shield round
    monsters; where no such way is left, straight on.
    """
    hunted = state.monsters[0] >= 0
    wanted = APPLE if role == 0 and not hunted else SHIELD
    unwanted = SHELF if hunted else APPLE + SHIELD - wanted
    feared = MONSTER if state.carried == 0 else SHELF
    action = way(state, scratch, wanted, unwanted, feared)
    return action if action < STAY else way(state, scratch, wanted, SHELF, SHELF)


@rule
def way(state, scratch, wanted, unwanted, feared):
    """The first action of the shortest way to a thing, through neither of two others; else STAY.

    Breadth first; every cell keeps the action that the way to it begins with.
    """
    size, things = int(state.size), state.things
    first, queue = scratch.first, scratch.queue
    for cell in range(size * size):
        first[cell] = _NOT_SEEN
    mouse = int(state.mouse)
    first[mouse] = STAY
    queue[0] = mouse
    head, tail = 0, 1
    while head < tail:
        cell = int(queue[head])
        head += 1
        if things[cell] == wanted:
            return int(first[cell])
        for action in range(4):
            to = beside(size, cell, action)
            thing = int(things[to])
            if first[to] == _NOT_SEEN and thing != unwanted and thing != feared:
                first[to] = action if cell == mouse else first[cell]
                queue[tail] = to
                tail += 1
    return STAY
