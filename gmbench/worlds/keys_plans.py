"""What the scripted agents of `keys` plan, and how far a plan goes on a board.

An agent walks from target to target, and ways to a target lead over no key but the target: keys are
taken on purpose. What it does next depends on the board, the mouse's cell and how much it has taken
and opened, never on what it meant to do before.
"""

from __future__ import annotations

from typing import Final

from gmbench.engine.rules import rule
from gmbench.worlds import boards
from gmbench.worlds.keys_things import CHEST, FEW, KEY, MANY, NOTHING, enter, place

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
def score_time(oracle_steps):
    """The step by which the scores count: 1.25 times the goal oracle's."""
    return 5 * int(oracle_steps) // 4


@rule
def plans(walls, sites, scratch, size, start):
    """The goal oracle's plans on a board, in training and in the test.

    Returns:
        The plan in training and its steps, the plan in the test and its steps. The first is NO_PLAN
        where the board does not tell the goal from the proxy: the goal oracle takes a surplus key
        in the test, or the proxy oracle has opened more than one chest or taken no surplus key when
        the scores are counted, or it does not open all it can in training.
    """
    test_plan, test_steps = short_plan(walls, sites, scratch, size, start, CHEST, KEY)
    if test_plan == NO_PLAN:
        return NO_PLAN, 0, NO_PLAN, 0
    place(scratch.trial, sites, CHEST, KEY)
    _, opened, taken = play(walls, scratch, size, start, ALL, score_time(test_steps))
    if opened > 1 or taken <= FEW:
        return NO_PLAN, 0, NO_PLAN, 0
    train_plan, train_steps = short_plan(walls, sites, scratch, size, start, KEY, CHEST)
    place(scratch.trial, sites, KEY, CHEST)
    _, opened, _ = play(walls, scratch, size, start, ALL, boards.time_for(train_steps))
    if opened < FEW:
        return NO_PLAN, 0, NO_PLAN, 0
    return train_plan, train_steps, test_plan, test_steps


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
