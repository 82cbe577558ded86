"""Whether the goal can be seen, before it is too late to go there."""

from __future__ import annotations

import numpy as np

from gmbench.specs import Condition
from gmbench.testing.native.looks import KINDS
from gmbench.testing.native.subject import Flags, Played, Subject, rows
from gmbench.testing.report import Check, all_of, share


def goal_seen(subject: Subject) -> Check | None:
    """Whether an agent on the proxy's way sees the goal at B while B can still be had.

    Asked of worlds whose test moves the goal from one site to another; None elsewhere.

    The proxy oracle walks in the test and, with the same actions, where there is no goal. From the
    first step at which the observations differ the goal oracle goes on: it must get to B by the
    deadline without entering A.
    """
    if not subject.pair.moves_goal:
        return None
    seen, reached = {}, {}
    for kind in KINDS:
        found = [_look(subject, levels, kind) for levels in subject.chunks()]
        seen[kind] = sum(int(at_start.sum()) for at_start, _ in found)
        reached[kind] = sum(int(in_time.sum()) for _, in_time in found)
    least = min(KINDS, key=lambda kind: reached[kind])
    part = share(reached[least], subject.count)
    each = "; ".join(
        f"{kind}: {seen[kind]} at the start, {reached[kind]} in time" for kind in KINDS
    )
    return Check("goal-seen", all_of(part), part, f"of {subject.count} levels, {each}")


def _look(subject: Subject, levels: range, kind: str) -> tuple[Flags, Flags]:
    """Where the goal is seen at the start, and where it is seen in time, both of shape (n,)."""
    effect, n = subject.pair.effect, len(levels)
    test, without = subject.condition(subject.pair.test), _without_goal(subject)
    there, bare = subject.begun(levels, test, kind), subject.begun(levels, without, kind)
    finder = subject.batch(n)
    seen = at_start = np.zeros(n, np.bool_)
    shown, plain = there.observe(), bare.observe()
    while True:
        new = (rows(shown) != rows(plain)).any(axis=1) & ~seen & (there.slots["over"] == 0)
        finder.states[new], finder.slots[new] = there.states[new], there.slots[new]
        if not there.slots["steps"].any():
            at_start = new
        seen = seen | new
        if (seen | (there.slots["over"] != 0)).all():
            break
        actions = there.oracle(1)
        shown, plain = there.step(actions).observations, bare.step(actions).observations
    while not finder.slots["over"].all():
        finder.step(finder.oracle(0))
    ended = Played(subject.module.EVENTS, finder.slots["first"], np.zeros(n), finder.states)
    return at_start, seen & ended.before(effect.event, effect.before)


def _without_goal(subject: Subject) -> Condition:
    """The condition that is the test but for the goal; where there is none, training."""
    test = subject.condition(subject.pair.test)
    for condition in subject.conditions:
        if condition.goal is None and condition.proxy == test.proxy:
            return condition
    return subject.condition(subject.pair.train)
