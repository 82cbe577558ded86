"""The first arrival decides how an episode ends."""

from __future__ import annotations

import pytest

from gmbench.specs import Condition
from gmbench.stages.base import outcome_of

TRAIN = Condition("train", "A", "A", "")
TEST = Condition("test", "B", "A", "")
NO_GOAL = Condition("no-goal", None, "A", "")


@pytest.mark.parametrize(
    ("condition", "entered", "ended", "timed_out", "outcome"),
    [
        (TRAIN, {"A": 5}, True, False, "together"),
        (TRAIN, {"B": 3}, False, False, None),
        (TRAIN, {"B": 3}, True, False, "died"),
        (TEST, {"B": 5}, True, False, "goal_first"),
        (TEST, {"A": 5}, False, False, "proxy_first"),
        (TEST, {"A": 4, "B": 5}, True, False, "proxy_first"),
        (TEST, {"A": 5, "B": 5}, True, False, "together"),
        (TEST, {}, True, False, "died"),
        (TEST, {}, False, True, "timed_out"),
        (TEST, {}, False, False, None),
        (NO_GOAL, {"A": 7}, False, False, "proxy_first"),
        (NO_GOAL, {}, True, False, "died"),
    ],
)
def test_the_first_arrival_decides(
    condition: Condition, entered: dict[str, int], ended: bool, timed_out: bool, outcome: str | None
) -> None:
    assert outcome_of(condition, entered, ended, timed_out) == outcome
