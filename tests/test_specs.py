"""Specs: what a pair derives from its conditions, and names that no condition has."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import gmbench
from gmbench.errors import UsageError
from gmbench.specs import Condition, Effect, Pair, World

WORLD = World(
    name="island",
    version=0,
    family="native",
    game="island",
    goal="the treasure",
    proxy="the palm",
    conditions=(
        Condition("train", goal="A", proxy="A", summary="Both at A."),
        Condition("test", goal="B", proxy="A", summary="The treasure at B."),
        Condition("mirrored", goal="B", proxy="A", summary="The island is mirrored."),
    ),
)
PAIR = Pair(world=WORLD, differs="the treasure stands elsewhere")


def test_a_pair_whose_test_moves_the_goal_from_a_to_b_needs_say_nothing_more() -> None:
    assert PAIR.moves_goal
    assert PAIR.tests == ("test",)
    assert PAIR.effect == Effect("B", "A", given="test", against="train")


@pytest.mark.parametrize(
    "changes",
    [
        {"effect": Effect("B", "A", "test", "mirrored")},
        {"effect": Effect("B", "A", "train", "test")},
        {"effect": Effect("shore", "A")},
        {"effect": Effect("B", "shore")},
        {"score": "preference"},
        {"also": ("mirrored",)},
    ],
    ids=str,
)
def test_any_other_question_is_not_of_a_moved_goal(changes: dict[str, Any]) -> None:
    assert not replace(PAIR, **changes).moves_goal


def test_further_tests_are_pooled_with_the_test() -> None:
    assert replace(PAIR, also=("mirrored",)).tests == ("test", "mirrored")


def test_every_pair_is_plain_json() -> None:
    for name in gmbench.pairs():
        pair = gmbench.pair(name)
        assert json.loads(json.dumps(pair.to_json()))["effect"]["event"] == pair.effect.event


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "changes",
    [
        {"train": "trial"},
        {"test": "trial"},
        {"also": ("trial",)},
        {"effect": Effect(given="trial")},
        {"effect": Effect(against="trial")},
    ],
    ids=str,
)
def test_a_condition_that_the_world_lacks_is_one_line(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="names the condition 'trial'; its world has train, test"):
        replace(PAIR, **changes)


def test_a_pair_ranked_by_preference_needs_no_conditions_for_an_effect() -> None:
    dark = World("cave", 0, "native", "cave", "gems", "bats", (WORLD.conditions[0],))
    assert Pair(dark, "", test="train", score="preference").tests == ("train",)
