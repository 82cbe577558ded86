"""The kernels of a graphics card: one thread a slot, from the same rules as `kernels`.

A template like `gmbench.engine.kernels`: a world's own module imports from the world's driver.
"""

from numba import cuda

from gmbench.engine.kernels import advance_one, draw, oracle
from gmbench.engine.layout import HOLD, MAX_ATTEMPTS


def advance(
    states,
    slots,
    scratches,
    config,
    allowed,
    atlas,
    grids,
    frames,
    shown,
    orders,
    rewards,
    terminated,
    truncated,
    hopeless,
):
    """Carry out every slot's order.

    The first nine arrays are those of `gmbench.engine.kernels.advance`, with a scratch for every
    thread that works. Then, each of shape (slots,): int64 orders; float32 rewards and bool
    terminated and truncated, which are written. ``hopeless``, int64 of shape (1,), is given a level
    of which the filter accepted no draw.
    """
    worker, workers = cuda.grid(1), len(scratches)
    if worker < workers:
        for i in range(worker, len(slots), workers):
            slots[i].order = orders[i]
            advance_one(
                states, slots, scratches, config, allowed, atlas, grids, frames, shown, i, worker
            )
            rewards[i] = slots[i].reward
            terminated[i] = slots[i].terminated != 0
            truncated[i] = slots[i].truncated != 0
            if slots[i].attempts > MAX_ATTEMPTS:
                hopeless[0] = slots[i].level


def choose(states, slots, scratches, role, chosen):
    """Write a scripted agent's action in every slot that plays, 0 in the others.

    ``role`` is 0 for the goal's agent, 1 for the proxy's; ``chosen`` int64 of shape (slots,).
    """
    worker, workers = cuda.grid(1), len(scratches)
    if worker < workers:
        for i in range(worker, len(slots), workers):
            if slots[i].over == 0:
                chosen[i] = max(HOLD + 1, oracle(states[i], scratches[worker], role))
            else:
                chosen[i] = 0


def portray(states, scratches, atlas, frames, shown):
    """Draw the states of as many slots as there are frames."""
    worker, workers = cuda.grid(1), len(scratches)
    if worker < workers:
        for i in range(worker, len(frames), workers):
            draw(states[i], scratches[worker], atlas, frames[i], shown[i])


def place(slots, where, levels, conditions):
    """Write levels and conditions into the slots that ``where`` says.

    ``where``, ``levels`` and ``conditions`` are int64 of one shape (n,), n <= slots.
    """
    at = cuda.grid(1)
    if at < len(where):
        slots[where[at]].level = levels[at]
        slots[where[at]].condition = conditions[at]


def start_stream(slots):
    """Forget what the slots have drawn."""
    at = cuda.grid(1)
    if at < len(slots):
        slots[at].draws = 0
