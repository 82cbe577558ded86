"""What a caller may ask for; every refusal comes before a game is built."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gmbench.envs.settings import Settings, pinned_levels
from gmbench.errors import UnknownNameError, UsageError
from gmbench.levels import EVAL_LEVELS, TRAIN_LEVELS

COINRUN = "procgen-coinrun"


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pair": "procgen-coinrn"}, "did you mean procgen-coinrun"),
        ({"pair": None}, "unknown world 'None'"),
        ({"condition": "tets"}, "unknown condition of procgen-coinrun 'tets'; did you mean test?"),
        ({"condition": 3}, "known: no-goal, section-start, test, train"),
        ({"pair": "procgen-jumper", "condition": "no-goal"}, "unknown condition of procgen-jumper"),
        ({"obs": "grid"}, "unknown observation of procgen-coinrun 'grid'; known: rgb"),
        ({"mode": "esay"}, "unknown mode of procgen-coinrun 'esay'; did you mean easy?"),
    ],
    ids=["pair", "pair-none", "condition", "condition-number", "jumper-no-goal", "obs", "mode"],
)
def test_unknown_names_are_refused_with_the_nearest(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        Settings(**{"pair": COINRUN, **wrong}).open(num_envs=1)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"alpha": 1.01}, "alpha is the share"),
        ({"alpha": float("nan")}, "alpha is the share"),
        ({"alpha": "0.5 "}, "alpha is the share"),
        ({"alpha": True}, "alpha is the share"),
        ({"levels": 0}, "levels=0 is not a number of training levels"),
        ({"levels": len(TRAIN_LEVELS) + 1}, "choose 1 to 1073741824"),
        ({"levels": []}, "the list is empty"),
        ({"levels": [1, -1]}, "-1 is not a training level"),
        ({"levels": [EVAL_LEVELS.start]}, "1073741824 is not a training level"),
        ({"levels": range(5, EVAL_LEVELS.stop)}, "is not a training level"),
        ({"levels": [1, 2.0]}, "neither a number of levels nor a list"),
        ({"levels": "12"}, "neither a number of levels nor a list"),
        ({"levels": True}, "neither a number of levels nor a list"),
        ({"num_envs": 0}, "needs one slot at least"),
        ({"num_envs": -2}, "num_envs must be an integer"),
        ({"num_envs": 2.0}, "num_envs must be an integer"),
        ({"seed": -1}, "seed must be an integer of at least 0"),
        ({"seed": None}, "seed must be an integer of at least 0"),
        ({"pair": "corner", "parameters": ["size"]}, "\"['size']\" is no mapping"),
    ],
    ids=lambda value: str(value)[:50] if isinstance(value, dict) else "",
)
def test_wrong_values_are_refused(wrong: dict[str, Any], message: str) -> None:
    slots = {key: wrong[key] for key in ("num_envs", "seed") if key in wrong}
    others = {key: value for key, value in wrong.items() if key not in slots}
    with pytest.raises(UsageError) as caught:
        Settings(**{"pair": COINRUN, **others}).open(**{"num_envs": 1, **slots})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"levle": 3}, "unknown reset option 'levle'; did you mean level?"),
        ({"level": "3"}, "'3' is not a level number"),
        ({"level": 3.0}, "'3.0' is not a level number"),
        ({"level": [1, "2"]}, "is not a level number"),
        ({"level": [1, 2, 3]}, "3 levels for 2 slots"),
    ],
    ids=["name", "text", "float", "text-in-list", "too-many"],
)
def test_reset_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        pinned_levels(options, 2)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "levels"),
    [
        (None, [None, None]),
        ({}, [None, None]),
        ({"level": None}, [None, None]),
        ({"level": 5}, [5, 5]),
        ({"level": np.int64(5)}, [5, 5]),
        ({"level": [5, None]}, [5, None]),
        ({"level": np.array([5, 6])}, [5, 6]),
    ],
)
def test_reset_options_pin_levels(options: dict[str, Any] | None, levels: list[int | None]) -> None:
    assert pinned_levels(options, 2) == levels


@pytest.mark.procgen
@pytest.mark.parametrize(
    ("levels", "allowed"),
    [
        (None, TRAIN_LEVELS),
        (40, range(40)),
        ([3, 5, 9], {3, 5, 9}),
        (np.array([3, 5, 9]), {3, 5, 9}),
        (range(100, 130), range(100, 130)),
    ],
    ids=["all", "first-40", "list", "array", "range"],
)
def test_levels_come_from_what_is_allowed(levels: Any, allowed: Any) -> None:
    games = Settings(COINRUN, levels=levels, level_filter=False).open(num_envs=2)
    played = set()
    for _ in range(10):
        games.reset()
        played |= set(games.levels.tolist())
    games.close()
    assert len(played) > 1
    assert all(level in allowed for level in played)
