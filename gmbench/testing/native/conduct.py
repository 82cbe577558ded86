"""How a native world behaves while it is played: rewards, events, planes, and the same again."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.plain import Record
from gmbench.levels import EVAL_LEVELS
from gmbench.specs import Condition
from gmbench.stages.native import ROLES
from gmbench.testing.native.looks import Looks
from gmbench.testing.native.subject import (
    RANDOM,
    TRACED_LEVELS,
    Flags,
    States,
    Subject,
    rows,
)
from gmbench.testing.report import Check, all_of, share, some

BEYOND: Final = 16  # steps made after the end
TILED: Final = 16  # states whose tiles are named by plain Python, which is slow
PAYMENTS: Final = 10  # different rewards that are shown
POISONS: Final = (0xA5, 0x5A)  # neither is a plane's 0 or 1


def rewards(subject: Subject) -> Check:
    """Whether there is something to learn from: the goal oracle earns something in training."""
    train = subject.condition(subject.pair.train)
    mean = float(subject.play("goal", train).returns.mean())
    paid = np.unique(np.concatenate([trace.rewards.ravel() for trace in subject.traces()]))
    shown = ", ".join(f"{value:g}" for value in paid[:PAYMENTS])
    detail = f"steps pay {shown}; the goal oracle earns {mean:.2f} in training"
    return Check("rewards", mean > 0, None, detail)


def events(subject: Subject) -> Check:
    """Whether no event happens that has no name, and which do happen."""
    first = np.concatenate([trace.first for trace in subject.traces()])
    first = np.concatenate([first, *(played.first for played in subject.played())])
    names = subject.module.EVENTS
    happened = [name for at, name in enumerate(names) if first[:, at].any()]
    never = [name for name in names if name not in happened]
    detail = f"{', '.join(happened) or 'none'} happened; never: {', '.join(never) or 'none'}"
    nameless = np.flatnonzero(first[:, len(names) :].any(axis=0)) + len(names)
    if len(nameless):
        bits = ", ".join(str(bit) for bit in nameless)
        detail = f"step returns bits that EVENTS has no names for: {bits}"
    return Check("events", not len(nameless), share(len(happened), len(names)), detail)


def reproducible(subject: Subject) -> Check:
    """Whether levels are the same again, begun and played in the reverse order.

    So neither what was played before nor which slot it is in makes a difference to a level.
    """
    wavering: set[int] = set()
    for condition in subject.conditions:
        for levels in subject.chunks():
            wavering.update(_wavering(subject, levels, condition))
    part = share(subject.count - len(wavering), subject.count)
    detail = "levels begun and played again, in other slots, are the same byte by byte"
    if wavering:
        detail = f"begun or played again, levels differ: {some(sorted(wavering))}"
    return Check("reproducible", all_of(part), part, detail)


def _wavering(subject: Subject, levels: range, condition: Condition) -> list[int]:
    """The levels that begin or go on otherwise when all are played in the reverse order."""
    batch = subject.begun(levels, condition)
    again = subject.begun(levels[::-1], condition)
    same = _alike(batch.states, again.states) & _alike(batch.slots["limit"], again.slots["limit"])
    chance = np.random.default_rng(levels[0])
    while not (batch.slots["over"].all() and again.slots["over"].all()):
        walk = subject.actions(RANDOM, batch, chance)
        paid, paid_again = batch.step(walk).rewards, again.step(walk[::-1]).rewards
        same &= paid == paid_again[::-1]
    same &= _alike(batch.states, again.states) & _alike(batch.slots["first"], again.slots["first"])
    for role in range(len(ROLES)):
        # Asked at the end, where whoever remembers has most to remember.
        batch.slots["over"] = again.slots["over"] = 0
        same &= batch.oracle(role) == again.oracle(role)[::-1]
    return [levels[int(at)] for at in np.flatnonzero(~same)]


def _alike(one: NDArray[Any], other: NDArray[Any]) -> Flags:
    """Where an array's elements equal another's in the reverse order, byte by byte."""
    equal: Flags = (rows(one) == rows(other)[::-1]).all(axis=1)
    return equal


def drawn(subject: Subject) -> Check:
    """Whether planes hold 0 and 1, and every byte of planes and pictures is written."""
    looks, faults = Looks(subject), []
    planes, planes_again = (looks.of("grid", poison=poison) for poison in POISONS)
    if (planes != planes_again).any():
        faults.append("grid leaves bytes unwritten")
    elif planes.max() > 1:
        faults.append(f"grid writes {planes.max()}; planes hold 0 and 1")
    pictures, pictures_again = (looks.of("rgb", poison=poison) for poison in POISONS)
    if (pictures != pictures_again).any():
        faults.append("the picture leaves pixels unwritten")
    if hasattr(subject.module, "tiles"):
        faults += _tiles(subject, looks.states[:TILED])
    detail = f"{len(planes)} states: every byte is written, planes hold 0 and 1"
    return Check("drawn", not faults, None, "; ".join(faults) or detail)


def _tiles(subject: Subject, states: States) -> list[str]:
    """What is wrong with the tiles of some states, told by the rule as plain Python."""
    rule = getattr(subject.module.tiles, "py_func", subject.module.tiles)
    sprites, (height, width) = len(subject.game.atlas()), subject.game.board
    for state in states.view(np.dtype((Record, states.dtype))):
        named = np.full(height * width, 255, np.uint8)
        rule(state, named)
        if named.max() >= sprites:
            return [f"tiles names sprite {named.max()}; SPRITES are numbers 0 to {sprites - 1}"]
    return []


def after_the_end(subject: Subject) -> Check:
    """Whether a game that is over can be played on, as long as the caller likes."""
    train = subject.condition(subject.pair.train)
    levels = EVAL_LEVELS[:TRACED_LEVELS]
    batch = subject.begun(levels, train, "grid", training=True)
    while not batch.slots["over"].all():
        batch.step(batch.oracle(0))
    again = subject.begun(levels[::-1], train, "grid", training=True)
    again.states[:], again.slots[:] = batch.states[::-1], batch.slots[::-1]
    chance, sound = np.random.default_rng(0), True
    for _ in range(BEYOND):
        batch.slots["over"] = again.slots["over"] = 0
        walk = subject.actions(RANDOM, batch, chance)
        result, other = batch.step(walk), again.step(walk[::-1])
        sound &= bool((result.rewards == other.rewards[::-1]).all())
    sound &= bool(_alike(batch.states, again.states).all())
    detail = f"{BEYOND} steps after the end go on as rules say"
    if not sound:
        detail = f"within {BEYOND} steps after the end the game is no longer well-defined"
    return Check("after-the-end", sound, None, detail)
