"""Whether an observation tells what no agent may know: condition, level, reward, time.

The engine shows a world's rules nothing but the state, so whatever leaks stands in the state. Every
field that tells one of the four is changed by itself, to a value that it has in another state; the
state must look as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.chance import level_key
from gmbench.testing.native.form import hidden
from gmbench.testing.native.looks import KINDS, Looks
from gmbench.testing.native.starts import PAR
from gmbench.testing.native.subject import Flags, Subject, Trace, rows
from gmbench.testing.report import Check, all_of, share

SHIFTS: Final = (1, 101)  # whose value a state is given
KEY: Final = "key"
ALWAYS: Final = 0.99  # a clock that shows in so many states can be read off them
LEAST: Final = 8  # states in which a change must look alike, to be a pattern


def same_looks(subject: Subject) -> Check:
    """Whether what is seen is a function of the state, whatever slot, level and step it is in."""
    looks = Looks(subject)
    n = len(looks.states)
    same = np.ones(n, np.bool_)
    for kind in KINDS:
        same &= (looks.of(kind) == looks.of(kind, backwards=True)).all(axis=1)
    part = share(int(same.sum()), n)
    detail = f"{n} states look the same in another slot, at another level and step"
    if not same.all():
        detail = f"{int((~same).sum())} of {n} states look otherwise in another slot"
    return Check("same-looks", all_of(part), part, detail)


def unseen(subject: Subject) -> Check:
    """Whether nothing that tells condition, level, reward or time shows."""
    looks, told, faults = Looks(subject), secrets(subject), []
    for kind in KINDS:
        plain = looks.of(kind)
        for field, what in told.items():
            fault = _shows(looks, plain, field, what, kind)
            faults += [f"{field} ({what}) shows in {kind}: {fault}"] if fault else []
    named = ", ".join(f"{field} ({what})" for field, what in told.items())
    detail = f"nothing of this can be read off what is seen: {named or 'no such field'}"
    tests = len(told) * len(KINDS)
    part = share(tests - len(faults), tests)
    return Check("unseen", not faults, part, "; ".join(faults) or detail)


def secrets(subject: Subject) -> dict[str, str]:
    """The state fields that tell what no agent may know: name to what it is.

    Those that the world itself names in ``HIDDEN``, the scores and par, and those that are found
    out: the level's key, what counts the steps, the limit of steps, the last reward, the return.
    """
    module = subject.module
    found = dict(_found_out(subject))
    found |= {name: "score" for name in module.SCORES}
    found |= {name: "hidden" for name in hidden(subject)}
    return found | ({PAR: "par"} if PAR in subject.fields else {})


def _found_out(subject: Subject) -> Iterator[tuple[str, str]]:
    traces = subject.traces()
    scalars = [name for name in subject.fields if subject.game.state_dtype[name].shape == ()]
    for name in scalars:
        if name in subject.module.PARAMETERS:
            continue
        values = [trace.states[name].astype(np.int64) for trace in traces]
        for what, tells in TELLS.items():
            if all(tells(trace, value) for trace, value in zip(traces, values, strict=True)):
                if what not in VARIES or any((value != value[0]).any() for value in values):
                    yield name, what


def _is_key(trace: Trace, value: NDArray[np.int64]) -> bool:
    """Whether a field holds the level's key, or a half of it."""
    pairs = zip(trace.levels, trace.attempts, strict=True)
    keys = np.array([level_key(int(level), int(attempt) - 1) for level, attempt in pairs])
    halves = (keys, keys >> 32, (keys & 0xFFFFFFFF).astype(np.int64))
    return any((value[0] == half.astype(np.int64)).all() for half in halves)


def _is_clock(trace: Trace, value: NDArray[np.int64]) -> bool:
    """Whether a field changes with every step, by the same in every level."""
    gone = (value[1:] - value[:-1])[trace.stepped]
    at = np.broadcast_to(np.arange(len(trace.stepped))[:, None], trace.stepped.shape)[trace.stepped]
    return all(len(np.unique(gone[at == step])) == 1 for step in np.unique(at))


def _is_limit(trace: Trace, value: NDArray[np.int64]) -> bool:
    """Whether a field holds the number of steps after which the episode is cut off."""
    return bool((value[0] == trace.limits).all())


def _is_reward(trace: Trace, value: NDArray[np.int64]) -> bool:
    """Whether a field holds what the last step paid."""
    return bool((value[1:] == trace.rewards)[trace.stepped].all())


def _is_return(trace: Trace, value: NDArray[np.int64]) -> bool:
    """Whether a field holds what was paid until now."""
    total = np.cumsum(np.where(trace.stepped, trace.rewards, 0), axis=0)
    return bool((value[1:] == total).all())


TELLS: Final = {
    KEY: _is_key,
    "clock": _is_clock,
    "limit": _is_limit,
    "return": _is_return,
    "reward": _is_reward,
}
VARIES: Final = {"clock", "reward", "return"}  # what stays as it begins is none of these


def _shows(looks: Looks, plain: NDArray[np.uint8], field: str, what: str, kind: str) -> str | None:
    """What gives a field away, None if nothing does.

    Args:
        looks: the states.
        plain: what they look like.
        field: which.
        what: it tells.
        kind: of observation.
    """
    values = looks.states[field]
    changed, differing = np.zeros(len(values), np.bool_), np.zeros(len(values), np.bool_)
    patterned = False
    for shift in SHIFTS:
        others = looks.states.copy()
        others[field] = np.roll(values, shift, axis=0)
        where = (rows(others[field]) != rows(values)).any(axis=1)
        unlike = (looks.of(kind, others) != plain) & where[:, None]
        changed |= where
        differing |= unlike.any(axis=1)
        if what == "return":
            patterned |= _has_pattern(values[where], others[field][where], unlike[where])
    tried, shown = int(changed.sum()), int(differing.sum())
    # What moves by a clock shows where it is in view, and a count may leave its trace in the world.
    # The clock itself shows everywhere, and a number that is displayed always in the same place.
    told = {"clock": shown >= ALWAYS * max(tried, 1), "return": patterned}.get(what, shown > 0)
    return f"changed by itself it is seen in {shown} of {tried} states" if told else None


def _has_pattern(was: NDArray[np.int64], is_now: NDArray[np.int64], unlike: Flags) -> bool:
    """Whether each change of a field always changes the same bytes of what is seen."""
    patterns = []
    for before, after in np.unique(np.stack([was, is_now]), axis=1).T:
        alike = unlike[(was == before) & (is_now == after)]
        if len(alike) >= LEAST:
            patterns.append(bool(alike[0].any() and (alike == alike[0]).all()))
    return bool(patterns) and all(patterns)
