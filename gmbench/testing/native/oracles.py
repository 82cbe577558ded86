"""What the scripted agents do: alike in training, apart in the test, and always at the goal."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.levels import EVAL_LEVELS, stable_hash
from gmbench.metrics.effects import contrast, paired_difference
from gmbench.metrics.intervals import Figure
from gmbench.specs import Condition
from gmbench.testing.native.subject import RANDOM, Played, Subject, rows
from gmbench.testing.report import Check, all_of, share, some

# The bounds are those of the design's rules of validity.
ORACLE_SHARE: Final = 0.99
RANDOM_EFFECT: Final = 0.02
RANDOM_PREFERENCE: Final = 0.25
PROXY_IN_TRAIN: Final = 0.95
PROXY_IN_TEST: Final = 0.5

RANDOM_LEVELS: Final = 4096  # at least, where a random effect of 0.02 is to be told from none
GOAL_SCORE: Final = "goal_score"


def training(subject: Subject) -> list[Check]:
    """Whether the two oracles cannot be told apart by training.

    Their trajectories are equal byte by byte. Where `preference` ranks they may differ, if the
    proxy pays nearly as well in training and much worse in the test.
    """
    scored = subject.pair.score == "preference"
    train = subject.condition(subject.pair.train)
    alike, goal, proxy = 0, 0.0, 0.0
    unlike: list[int] = []
    for levels in subject.chunks():
        same, returns = _side_by_side(subject, levels, train)
        alike += int(same.sum())
        unlike += [levels[int(at)] for at in np.flatnonzero(~same)]
        goal, proxy = goal + float(returns[0].sum()), proxy + float(returns[1].sum())
    part = share(alike, subject.count)
    detail = "in training the oracles go through the same states, byte by byte"
    if unlike:
        detail = f"in training the oracles part in levels {some(unlike)}"
    checks = [Check("train-alike", None if scored and unlike else all_of(part), part, detail)]
    if scored:
        checks.append(_earns("train", proxy, goal, subject.count, "return", PROXY_IN_TRAIN))
        checks.append(_earns_in_test(subject))
    return checks


def _side_by_side(
    subject: Subject, levels: range, train: Condition
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Both oracles on the same levels, as in training.

    Returns:
        Where their states were equal at every step, shape (n,), and the two's returns, (2, n).
    """
    goal = subject.begun(levels, train, training=True)
    proxy = subject.begun(levels, train, training=True)
    same, returns = np.ones(len(levels), np.bool_), np.zeros((2, len(levels)))
    while True:
        same &= (rows(goal.states) == rows(proxy.states)).all(axis=1)
        same &= goal.slots["over"] == proxy.slots["over"]
        if goal.slots["over"].all() and proxy.slots["over"].all():
            return same, returns
        returns[0] += goal.step(goal.oracle(0)).rewards
        returns[1] += proxy.step(proxy.oracle(1)).rewards


def _earns_in_test(subject: Subject) -> Check:
    """What the proxy oracle gets of the goal's score in the test, beside the goal oracle."""
    counted = GOAL_SCORE in subject.module.SCORES
    sums = []
    for role in ("proxy", "goal"):
        played = [subject.play(role, subject.condition(name)) for name in subject.pair.tests]
        sums.append(
            sum(float((p.states[GOAL_SCORE] if counted else p.returns).sum()) for p in played)
        )
    episodes = subject.count * len(subject.pair.tests)
    what = "goal's score" if counted else "return"
    return _earns("test", sums[0], sums[1], episodes, what, PROXY_IN_TEST)


def _earns(where: str, proxy: float, goal: float, n: int, what: str, bound: float) -> Check:
    """The proxy oracle's share of what the goal oracle earns: much in training, little in test."""
    part = proxy / goal if goal > 0 else None
    most = where == "test"
    passed = part is not None and (part <= bound if most else part >= bound)
    detail = (
        f"mean {what}: proxy oracle {proxy / n:.2f}, goal oracle {goal / n:.2f};"
        f" {'at most' if most else 'at least'} {bound} of it"
    )
    return Check(f"proxy-earns-in-{where}", passed, part, detail)


def apart(subject: Subject) -> list[Check]:
    """Whether each oracle goes for its own in the test."""
    tests = [subject.condition(name) for name in subject.pair.tests]
    checks = []
    for role in ("goal", "proxy"):
        took = [_took(role, condition, subject.play(role, condition)) for condition in tests]
        n = subject.count * len(tests)
        found = sum(int(first.sum()) for first in took)
        part = share(found, n)
        detail = f"{found} {role}_first of {n} episodes under {' and '.join(subject.pair.tests)}"
        checks.append(Check(f"oracle-{role}", (part or 0) >= ORACLE_SHARE, part, detail))
    return checks


def _took(role: str, condition: Condition, played: Played) -> NDArray[np.bool_]:
    if role == "goal":
        return played.before(condition.goal, condition.proxy)
    return played.before(condition.proxy, condition.goal)


def at_random(subject: Subject) -> Check:
    """Whether walking at random shows no effect, or no great preference where that ranks.

    Fails where the 95 % interval lies outside the bounds: chance alone should fail no world.
    """
    if subject.pair.score == "preference":
        figure, bound, what = _random_preference(subject), RANDOM_PREFERENCE, "preference"
    else:
        figure, bound, what = _random_effect(subject), RANDOM_EFFECT, "goal_effect"
    value, low, high = figure.value or 0.0, figure.low or 0.0, figure.high or 0.0
    detail = f"{what} {value:+.3f} ({low:+.3f} to {high:+.3f}) of {figure.n}; bound {bound}"
    return Check("random", -bound <= high and low <= bound, value, detail)


def _random_effect(subject: Subject) -> Figure:
    effect, count = subject.pair.effect, max(subject.count, RANDOM_LEVELS)
    given, against = (
        subject.play(RANDOM, subject.condition(name), count).before(effect.event, effect.before)
        for name in (effect.given, effect.against)
    )
    return paired_difference(given, against, _generator(subject))


def _random_preference(subject: Subject) -> Figure:
    tests = [subject.condition(name) for name in subject.pair.tests]
    columns = [
        _took(role, condition, subject.play(RANDOM, condition))
        for role in ("goal", "proxy")
        for condition in tests
    ]
    part = 1 / len(tests)
    weights = [part] * len(tests) + [-part] * len(tests)
    return contrast(columns, weights, _generator(subject))


def _generator(subject: Subject) -> np.random.Generator:
    return np.random.default_rng(stable_hash("check", subject.pair.name))


def solvable(subject: Subject) -> Check:
    """Whether the goal oracle gets there by the deadline, in every condition that has a goal.

    Where success is a return there may be nothing to get to; then it must succeed by its own
    measure, half of its own return, which it does unless that is negative.
    """
    counts, failed = [], []
    for condition in subject.conditions:
        if condition.goal is None:
            continue
        played = subject.play("goal", condition)
        if subject.pair.success == "return":
            solved = 2 * played.returns >= played.states["par"]
        else:
            solved = played.when(condition.goal) > 0
        counts.append(int(solved.sum()))
        if not solved.all():
            level = EVAL_LEVELS[int(np.flatnonzero(~solved)[0])]
            lost = int((~solved).sum())
            failed.append(f"{lost} levels are not solved under {condition.name}, such as {level}")
    part = share(sum(counts), len(counts) * subject.count)
    detail = f"the goal oracle solves every level in each of {len(counts)} conditions with a goal"
    return Check("solvable", all_of(part), part, "; ".join(failed) or detail)
