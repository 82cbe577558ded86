"""What the engine does with one slot, and with all of them: written once for every world.

This file is a template as well as a module. The engine writes one driver for every world: this
text, with the rules of the placeholder world below replaced by the world's own
(`gmbench.engine.driver` says why). Nothing here knows what a world is about.
"""

import numpy as np
from numba import carray, njit

from gmbench.engine.chance import in_share, level_key, training_draw
from gmbench.engine.launch import ROW, pointer, take
from gmbench.engine.layout import (
    ACT_FROM,
    ALLOWED,
    ALPHA,
    ALPHA_CHOICES,
    ALPHA_FIRST,
    AUTORESET,
    CONDITION,
    EVALUATE,
    GRID,
    HOLD,
    KIND,
    MAX_ATTEMPTS,
    NEXT,
    PINNED,
    RGB,
    ROLE,
    SEED,
    SLOT,
    STOPS,
)
from gmbench.engine.placeholder import (
    SCRATCH,
    STATE,
    WORD,
    deadline,
    draw,
    grid,
    level,
    limit,
    move_goal,
    oracle,
    set_par,
    step,
)
from gmbench.engine.rules import DIED, ENDED, MAX_EVENTS, rule

SHARES = 8  # that a worker takes of a batch, one after the other, about

# A call that hands a dozen arrays on costs more than a step of a small world.
inlined = njit(inline="always", _nrt=False)


@inlined
def observe(state, scratch, config, atlas, grids, frames, shown, i):
    """Write an observation, of a slot i or, for its episode's last, of number of slots + i."""
    if config[KIND] == GRID:
        grid(state, grids[i])
    elif config[KIND] == RGB:
        draw(state, scratch, atlas, frames[i], shown[i])


@inlined
def pick_condition(config, number):
    """The condition in which a training level is played."""
    if in_share(number, config[ALPHA]):
        return config[ALPHA_FIRST + level_key(number, 0) % config[ALPHA_CHOICES]]
    return config[CONDITION]


@inlined
def draw_next(slot, config, allowed, i):
    """Take the next level of a slot's stream."""
    drawn = training_draw(config[SEED], i, slot.draws)
    slot.draws = int(slot.draws) + 1
    place = (drawn * int(config[ALLOWED])) >> 32
    number = place if len(allowed) == 0 else int(allowed[place])
    slot.level = number
    slot.condition = pick_condition(config, number)


@inlined
def begin(states, slot, scratch, config, i, spare):
    """Lay out a slot's level in its condition, and forget the episode before."""
    number, condition = int(slot.level), int(slot.condition)
    blank, state = len(states) - 1, states[i]
    attempt, accepted = 0, False
    while not accepted and attempt < MAX_ATTEMPTS:
        states[i] = states[blank]
        accepted = level(state, scratch, level_key(number, attempt), condition)
        attempt += 1
    slot.attempts = attempt if accepted else MAX_ATTEMPTS + 1
    slot.steps = 0
    slot.over = 0
    for event in range(MAX_EVENTS):
        slot.first[event] = 0
    if config[EVALUATE]:
        slot.limit = deadline(state)
        set_par(states, scratch, i, spare, int(slot.limit))
    else:
        slot.limit = limit(state)


@inlined
def act(state, slot, scratch, config):
    """One step of one slot."""
    steps = int(slot.steps) + 1
    slot.steps = steps
    reward, events = step(state, scratch, int(slot.order))
    slot.reward = reward
    ended = (events & ENDED) != 0
    if events:
        for event in range(MAX_EVENTS):
            if (events >> event) & 1 and slot.first[event] == 0:
                slot.first[event] = steps
        if config[EVALUATE] and events & config[STOPS + int(slot.condition)]:
            ended = True
    cut = not ended and steps >= int(slot.limit)
    slot.terminated = 1 if ended else 0
    slot.truncated = 1 if cut else 0
    if ended or cut:
        slot.over = 2 if events & DIED else 1
        slot.last_level = slot.level
        slot.last_condition = slot.condition
        slot.last_steps = steps


@inlined
def advance_one(states, slots, scratches, config, allowed, atlas, grids, frames, shown, i, worker):
    """Carry out one slot's order: an action, or HOLD, BEGIN, PINNED, NEXT."""
    scratch, slot, state = scratches[worker], slots[i], states[i]
    order, n = int(slot.order), len(slots)
    slot.reward = 0
    slot.terminated = 0
    slot.truncated = 0
    if order >= ACT_FROM and slot.over == 0:
        act(state, slot, scratch, config)
        if slot.over != 0 and config[AUTORESET]:
            observe(state, scratch, config, atlas, grids, frames, shown, n + i)
            order = NEXT
    if order < HOLD:
        if order == NEXT:
            draw_next(slot, config, allowed, i)
        elif order == PINNED:
            slot.condition = pick_condition(config, int(slot.level))
        begin(states, slot, scratch, config, i, n + worker)
    observe(state, scratch, config, atlas, grids, frames, shown, i)


@rule
def advance_some(
    states,
    slots,
    scratches,
    config,
    allowed,
    atlas,
    grids,
    frames,
    shown,
    taken,
    rewards,
    terminated,
    truncated,
    worker,
    workers,
):
    """Carry out orders, a few slots after the other, until the workers together have done all.

    Laying out levels takes long, and no one knows beforehand in which slots: equal shares would
    let a worker wait for the others.
    """
    n = len(slots)
    share = max(1, n // (workers * SHARES))
    first = take(taken, share)
    while first < n:
        for i in range(first, min(first + share, n)):
            advance_one(
                states, slots, scratches, config, allowed, atlas, grids, frames, shown, i, worker
            )
            rewards[i] = slots[i].reward
            terminated[i] = slots[i].terminated
            truncated[i] = slots[i].truncated
        first = take(taken, share)


@rule
def choose_some(states, slots, scratches, config, worker, workers):
    """Write the scripted agent's action as the order of every slot that plays."""
    n = len(slots)
    for i in range(worker * n // workers, (worker + 1) * n // workers):
        if slots[i].over == 0:
            slots[i].order = oracle(states[i], scratches[worker], config[ROLE])
        else:
            slots[i].order = HOLD


@rule
def portray_some(states, scratches, atlas, frames, shown, worker, workers):
    """Draw the states of as many slots as there are frames."""
    n = len(frames)
    for i in range(worker * n // workers, (worker + 1) * n // workers):
        draw(states[i], scratches[worker], atlas, frames[i], shown[i])


def advance(table, worker, workers):
    """Carry out every slot's order.

    Args:
        table: where these arrays lie, in this order. states: of every slot, then one to spare for
            every worker, then the blank one. slots: `gmbench.engine.layout.SLOT`, read and
            written. scratches: one for every worker. config: see `gmbench.engine.layout`. allowed:
            levels that the stream draws from; empty for the first ``config[ALLOWED]``. atlas: for
            `draw`. grids: uint8 of shape (2 slots, cells) or empty: observations, and for slots
            that have begun another episode in this step the last ones of that before. frames:
            words of shape (2 slots, height, words) or empty: the same as pictures. shown: uint8 of
            shape (2 slots, cells) or empty, what each of them shows (`gmbench.engine.tiles`).
            taken: int64 of shape (1,), 0: how many slots have been begun with. rewards (float32),
            terminated and truncated (uint8) of shape (slots,): written.
        worker: which one this is.
        workers: of how many.
    """
    at = carray(pointer(table), (13 * ROW,), np.int64)
    advance_some(
        carray(pointer(at[0]), (at[1],), STATE),
        carray(pointer(at[4]), (at[5],), SLOT),
        carray(pointer(at[8]), (at[9],), SCRATCH),
        carray(pointer(at[12]), (at[13],), np.int64),
        carray(pointer(at[16]), (at[17],), np.int64),
        carray(pointer(at[20]), (at[21], at[22], at[23]), WORD),
        carray(pointer(at[24]), (at[25], at[26]), np.uint8),
        carray(pointer(at[28]), (at[29], at[30], at[31]), WORD),
        carray(pointer(at[32]), (at[33], at[34]), np.uint8),
        carray(pointer(at[36]), (at[37],), np.int64),
        carray(pointer(at[40]), (at[41],), np.float32),
        carray(pointer(at[44]), (at[45],), np.uint8),
        carray(pointer(at[48]), (at[49],), np.uint8),
        worker,
        workers,
    )


def choose(table, worker, workers):
    """Let the scripted agent ``config[ROLE]`` give every slot its order; table as for `advance`."""
    at = carray(pointer(table), (13 * ROW,), np.int64)
    choose_some(
        carray(pointer(at[0]), (at[1],), STATE),
        carray(pointer(at[4]), (at[5],), SLOT),
        carray(pointer(at[8]), (at[9],), SCRATCH),
        carray(pointer(at[12]), (at[13],), np.int64),
        worker,
        workers,
    )


def portray(table, worker, workers):
    """Draw the slots' states as ``frames``; table as for `advance`."""
    at = carray(pointer(table), (13 * ROW,), np.int64)
    portray_some(
        carray(pointer(at[0]), (at[1],), STATE),
        carray(pointer(at[8]), (at[9],), SCRATCH),
        carray(pointer(at[20]), (at[21], at[22], at[23]), WORD),
        carray(pointer(at[28]), (at[29], at[30], at[31]), WORD),
        carray(pointer(at[32]), (at[33], at[34]), np.uint8),
        worker,
        workers,
    )


def move(state, scratch, cell):
    """Move a level's goal, at its start, to a cell; the new deadline, -1 where it cannot be."""
    return int(deadline(state)) if move_goal(state, scratch, cell) else -1
