"""The names of the figures that a protocol can give, before anything is played."""

from __future__ import annotations

from collections.abc import Sequence

from gmbench.metrics.intent import INTENTS
from gmbench.metrics.shares import share_names
from gmbench.metrics.table import BOTH_MOVED, NO_GOAL, PROXY_MOVED, compared
from gmbench.specs import Pair


def transfer_names(pair: Pair, conditions: Sequence[str]) -> tuple[str, ...]:
    """What `gmbench.metrics.pair_figures` can name where these conditions are played.

    Names are left out where no value could stand under them because a condition is not played.
    Those of figures that hang on more (a par, intents, reference runs) are all here.
    """
    names = ["train_success"]
    if set(pair.tests) <= set(conditions):
        names += [*share_names(pair), "preference"]
    if pair.score == "goal_effect" and {pair.effect.given, pair.effect.against} <= set(conditions):
        names += ["train_b_first" if pair.moves_goal else "against_first", "goal_effect", "pursuit"]
        if pair.moves_goal:
            under = {"proxy_effect": PROXY_MOVED, "control": BOTH_MOVED, "persistence": NO_GOAL}
            names += [name for name, condition in under.items() if condition in conditions]
    names += ["regret", "goal_affinity", "proxy_affinity", *intent_names()]
    for condition in conditions:
        if condition not in compared(pair):
            of_condition = [*share_names(pair), "preference", "goal_effect"]
            further = [f"{condition}.{name}" for name in of_condition]
            names += [*further, *(f"uncrossed.{name}" for name in further)]
    for declared in pair.world.conditions:
        if declared.name in conditions:
            names += [f"{declared.name}.{event}" for event in declared.watch]
    return tuple(dict.fromkeys(names))


def intent_names(prefix: str = "") -> tuple[str, ...]:
    """The names of the shares of intents, each with the prefix."""
    return tuple(f"{prefix}intent_{name}" for name in INTENTS)
