"""What the scripted agents of `keys` plan, and how far a plan goes on a board.

An agent walks from target to target, and ways to a target lead over no key but the target: keys are
taken on purpose. What it does next depends on the board, the mouse's cell and how much it has taken
and opened, never on what it meant to do before.
"""

from __future__ import annotations

from typing import Final

from gmbench.engine.rules import rule
from gmbench.worlds import boards

FEW: Final = 3  # things of the scarce kind, and so how many chests can be opened
MANY: Final = 10  # things of the other kind

# What lies in a cell.
NOTHING: Final = 0
KEY: Final = 1
CHEST: Final = 2
OPENED: Final = 3

# Plans: to use each key as soon as it is taken; to take three keys, then use them; to take every
# key there is, then use them.
EACH: Final = 0
THREE: Final = 1
ALL: Final = 2
NO_PLAN: Final = -1

NOWHERE: Final = -1


def scratch_fields(size: int) -> boards.Fields:
    """The working memory that the rules of this module need, apart from that of `boards`."""
    return [
        ("trial", "u1", (size * size,)),  # what lies where while a plan is tried
        ("onward", "i2", (size * size,)),  # the next cell on the way to a target
    ]


@rule
def place(things, sites, few, many):
    """Lay three things of one kind and ten of the other in thirteen cells."""
    for cell in range(len(things)):
        things[cell] = NOTHING
    for site in range(FEW + MANY):
        things[int(sites[site])] = few if site < FEW else many


@rule
def short_plan(walls, sites, scratch, size, start, few, many):
    """The goal oracle's plan on a board with three things of one kind and ten of the other.

    Returns:
        The plan of the fewest steps that takes no surplus key, or NO_PLAN; and its steps.
    """
    best, best_steps = NO_PLAN, size * size * (FEW + MANY)
    for plan in range(EACH, THREE + 1):
        place(scratch.trial, sites, few, many)
        steps, opened, _ = play(walls, scratch, size, start, plan, best_steps - 1)
        if opened == FEW:
            best, best_steps = plan, steps
    return best, best_steps


@rule
def play(walls, scratch, size, start, plan, steps):
    """Follow a plan on the trial board until it has opened all that can be, failed, or time is up.

    Returns:
        Steps taken, chests opened, keys taken. The same as from asking the world's `oracle` at
        every step: it keeps its target, and its way there, until something is taken or opened.
    """
    trial, onward = scratch.trial, scratch.onward
    cell, taken, opened, time = start, 0, 0, 0
    while opened < FEW and time < steps and (taken <= FEW or plan == ALL):
        if not aim(walls, trial, size, cell, plan, taken, opened, scratch):
            break
        found = NOTHING
        while found == NOTHING and time < steps:
            cell = int(onward[cell])
            time += 1
            found = enter(trial, cell, taken - opened)
        taken += 1 if found == KEY else 0
        opened += 1 if found == CHEST else 0
    return time, opened, taken


@rule
def enter(things, cell, in_hand):
    """Take the key that lies there, or open the chest: KEY, CHEST, or NOTHING to be done."""
    thing = int(things[cell])
    if thing == KEY:
        things[cell] = NOTHING
        return KEY
    if thing == CHEST and in_hand > 0:
        things[cell] = OPENED
        return CHEST
    return NOTHING


@rule
def aim(walls, things, size, mouse, plan, taken, opened, scratch):
    """Choose a plan's next target, and fill ``onward`` with the way to it; False without one."""
    target = NOWHERE
    wants_key = taken < FEW if plan == THREE else plan == ALL or taken == opened
    if not wants_key:
        target = _search(walls, things, size, mouse, CHEST, NOWHERE, scratch)
    if target < 0:
        target = _search(walls, things, size, mouse, KEY, NOWHERE, scratch)
    if target < 0 and taken > opened:
        target = _search(walls, things, size, mouse, CHEST, NOWHERE, scratch)
    if target < 0:
        return False
    _search(walls, things, size, target, NOWHERE, mouse, scratch)
    return True


@rule
def _search(walls, things, size, start, kind, cell, scratch):
    """Breadth-first search, by ways without a key on them, for a kind of thing or for a cell.

    Args:
        walls: of the board, uint8 of shape (size * size,).
        things: what lies in its cells, likewise.
        size: rows and columns.
        start: where the search begins, a key or not.
        kind: what is sought, or NOWHERE.
        cell: the cell that is sought, or NOWHERE.
        scratch: its ``onward`` is written: for every cell looked at, the next towards the start.

    Returns:
        The nearest, of equally near ones the one with the least index; NOWHERE where there is none.
        Ties are broken so because on the way to it no other becomes the choice.
    """
    dist, onward, queue = scratch.dist, scratch.onward, scratch.queue
    cells = size * size
    for at in range(cells):
        dist[at] = NOWHERE
    dist[start] = 0
    queue[0] = start
    head, tail, found, near = 0, 1, NOWHERE, cells
    while head < tail:
        at = int(queue[head])
        further = int(dist[at]) + 1
        if further > near:
            break
        head += 1
        column = at % size
        up = at - size if at >= size else at
        left = at - 1 if column > 0 else at
        down = at + size if at + size < cells else at
        right = at + 1 if column + 1 < size else at
        for beside in (up, left, down, right):
            if walls[beside] != 0 or dist[beside] >= 0:
                continue
            thing = int(things[beside])
            if thing == kind or beside == cell:
                near = further
                found = beside if found < 0 else min(found, beside)
            elif thing == KEY:
                continue
            dist[beside] = further
            onward[beside] = at
            queue[tail] = beside
            tail += 1
    return found
