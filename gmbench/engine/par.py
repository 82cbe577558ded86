"""The goal oracle's return on a level, for worlds whose figures are read against it.

A driver holds `measure` for worlds whose state has a field ``par``, and `skip` for the others.
"""

from __future__ import annotations

from gmbench.engine.placeholder import oracle, step
from gmbench.engine.rules import ENDED, rule


@rule
def skip(states, scratch, i, spare, steps):
    """Nothing to measure."""


@rule
def measure(states, scratch, i, spare, steps):
    """Play the goal oracle on a copy of a slot's state, and keep its return in ``par``."""
    states[spare] = states[i]
    trial = states[spare]
    total = 0
    for _ in range(steps):
        reward, events = step(trial, scratch, oracle(trial, scratch, 0))
        total += reward
        if events & ENDED:
            break
    states[i].par = total
