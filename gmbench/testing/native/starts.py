"""How levels begin: draws and rejections, time limits, what differs between conditions."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.specs import Condition
from gmbench.testing.native.subject import Flags, States, Subject, rows
from gmbench.testing.report import Check, all_of, share

LONGEST: Final = 1_000_000  # steps of an episode; a longer one is a mistake
PAR: Final = "par"  # filled by the engine, in every condition with its own


def candidates(subject: Subject) -> list[Check]:
    """Whether every level has a draw that the world's filter accepts, and how many it takes."""
    first = subject.conditions[0]
    try:
        subject.begun(EVAL_LEVELS[:1], first)  # before thousands are tried in vain
        found = [subject.begun(levels, first).slots["attempts"] for levels in subject.chunks()]
    except UsageError as error:
        return [Check("candidates", False, 0.0, str(error))]
    attempts = np.concatenate(found)
    n, draws = subject.count, int(attempts.sum())
    detail = f"{n} levels took {draws} draws, one level at most {attempts.max()}"
    rejected = f"{draws - n} of {draws} draws by the world's filter"
    return [
        Check("candidates", True, share(n, draws), detail),
        Check("rejected", None, share(draws - n, draws), rejected),
    ]


def limits(subject: Subject) -> Check:
    """Whether every episode ends some time, in training and in evaluation."""
    shortest, longest = LONGEST, 0
    for training in (True, False):
        for condition in subject.conditions:
            for levels in subject.chunks():
                found = subject.begun(levels, condition, training=training).slots["limit"]
                shortest = min(shortest, int(found.min()))
                longest = max(longest, int(found.max()))
    detail = f"episodes are cut off after {shortest} to {longest} steps"
    if not 0 < shortest <= longest <= LONGEST:
        detail += f"; limit and deadline must be from 1 to {LONGEST}"
        return Check("time-limits", False, None, detail)
    return Check("time-limits", True, None, detail)


def declared_fields(subject: Subject) -> Check:
    """Whether the starts of every two conditions differ in declared fields, and in these only."""
    faults: Counter[str] = Counter()
    faulty: dict[str, int] = {}
    moved: set[str] = set()
    sound = 0
    for levels in subject.chunks():
        starts = {c.name: _start(subject, levels, c) for c in subject.conditions}
        bad = np.zeros(len(levels), np.bool_)
        for one, other in combinations(starts, 2):
            for fault, where in _unlike(subject, starts[one], starts[other], moved):
                at = np.flatnonzero(where)
                if len(at):
                    fault = f"{one} and {other} {fault}"
                    faults[fault] += len(at)
                    faulty.setdefault(fault, levels[int(at[0])])
                    bad |= where
        sound += int((~bad).sum())
    idle = [name for name in subject.module.DECLARED if name not in moved and name != PAR]
    if len(subject.conditions) > 1 and idle:
        detail = f"DECLARED names {', '.join(idle)}, which no condition sets"
        return Check("declared-fields", False, share(sound, subject.count), detail)
    detail = f"start states differ between conditions in {', '.join(sorted(moved))} only"
    if faults:
        fault, count = faults.most_common(1)[0]
        detail = f"in {count} levels, such as {faulty[fault]}, {fault}"
    part = share(sound, subject.count)
    return Check("declared-fields", all_of(part), part, detail)


Start = tuple[States, NDArray[np.int32]]  # states, and the draws they took


def _start(subject: Subject, levels: range, condition: Condition) -> Start:
    batch = subject.begun(levels, condition)
    return batch.states.copy(), batch.slots["attempts"].copy()


def _unlike(subject: Subject, one: Start, other: Start, moved: set[str]) -> list[tuple[str, Flags]]:
    """Every fault in the difference of two conditions, and where; adds the fields that differ."""
    (states, attempts), (others, other_attempts) = one, other
    faults = [("are different draws of the level", attempts != other_attempts)]
    differ = np.zeros(len(states), np.bool_)
    for name in subject.fields:
        where = (rows(states[name]) != rows(others[name])).any(axis=1)
        if name in subject.module.DECLARED or name == PAR:
            differ |= where if name != PAR else False
            moved.update([name] if where.any() else [])
        else:
            faults.append((f"differ in {name}, which is not declared", where))
    return [*faults, ("begin alike", ~differ)]
