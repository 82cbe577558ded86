"""A native world in certain parameters: its shapes and types, and modules that are no worlds."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import lane_world as lane
import numpy as np
import pytest
from engine_worlds import every_native_world

from gmbench.engine.game import game
from gmbench.errors import UnknownNameError, UsageError
from gmbench.registry import WORLDS


def without(*names: str, **changes: Any) -> ModuleType:
    """The lane, with some of what it holds taken away or changed."""
    module = ModuleType("lane_without")
    held = {name: value for name, value in vars(lane).items() if name not in names}
    vars(module).update({**held, **changes})
    return module


def test_parameters_are_the_usual_ones_but_for_those_given() -> None:
    made = game(lane, {"cells": 15})
    assert made.parameters == {"cells": 15, "floor": "plain"}
    assert made.board == (1, 15) and made.grid_shape == (2, 1, 15)
    assert lane.DEFAULTS["cells"] == 9


def test_numpys_integers_are_as_good_as_pythons() -> None:
    made = game(lane, {"cells": np.int16(15)})  # type: ignore[dict-item]
    assert type(made.parameters["cells"]) is int
    assert made.kernels() is game(lane, {"cells": 15}).kernels()


def test_a_blank_state_holds_the_parameters_and_nothing_else() -> None:
    blank = game(lane, {"cells": 15, "floor": "tiled"}).blank()
    assert blank.shape == (1,) and blank["trail"].shape == (1, 15)
    assert {n: int(blank[n][0]) for n in ("cells", "floor", "at")} == {
        "cells": 15,
        "floor": 1,  # its place among the texts allowed
        "at": 0,
    }


def test_agents_see_sixty_four_pixels_or_as_many_as_the_board_takes() -> None:
    assert game(lane).frame_shape() == (64, 64, 3)
    assert game(lane, {"cells": 20}).frame_shape() == (64, 80, 3)
    assert game(lane, {"cells": 20}).frame_shape(8) == (8, 160, 3)


def test_the_planes_may_depend_on_the_parameters() -> None:
    planes = lambda cells, **_: [f"plane {i}" for i in range(cells)]  # noqa: E731
    assert game(without(PLANES=planes), {"cells": 11}).grid_shape == (11, 1, 11)


def test_what_pictures_are_made_of_is_painted_once() -> None:
    """A film asks for it at every frame."""
    painted: list[int] = []
    world = without(atlas=lambda tile: painted.append(tile) or lane.atlas(tile))
    for tile in (8, 16, 8, 8):
        assert not game(world).atlas(tile).flags.writeable
    assert painted == [8, 16]


@every_native_world
def test_a_world_is_told_how_large_it_is(world: str) -> None:
    made = game(WORLDS.load(world))
    rows, columns = made.board
    assert made.grid_shape == (len(made.planes), rows, columns)
    assert len(set(made.planes)) == len(made.planes)
    height, width, channels = made.frame_shape()
    assert channels == 3 and height >= 64 and width >= 64
    atlas = made.atlas()
    assert atlas.dtype == np.dtype(made.word()) and atlas.flags.c_contiguous


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("module", "message"),
    [
        (without("step"), "world 'lane' cannot be played: its module lacks step"),
        (without("grid", "PLANES"), "its module lacks PLANES, grid"),
        (without("tiles"), "its module lacks tiles or draw"),
        (without(EVENTS=tuple("ABCDEFGHI")), "world 'lane' has 9 events; 8 at most"),
        (ModuleType("nothing"), "world 'nothing' cannot be played"),
    ],
    ids=["rule", "two", "picture", "events", "empty"],
)
def test_what_is_no_world_is_refused(module: ModuleType, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        game(module)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "value", [6, 100, True, 9.0, 9.5, "9", None, [9], np.arange(7, 9)], ids=str
)
def test_a_size_that_is_not_allowed_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="lane: cells=.* is not allowed; choose 7 to 99"):
        game(lane, {"cells": value})


@pytest.mark.bad_input
def test_a_parameter_that_is_unknown_is_refused() -> None:
    with pytest.raises(
        UnknownNameError, match=r"lane has no parameter 'size'; known: cells, floor"
    ):
        game(lane, {"size": 9})
    with pytest.raises(UnknownNameError, match="lane has no parameter '9'"):
        game(lane, {9: 9})  # type: ignore[dict-item]
    with pytest.raises(UnknownNameError, match="lane has no parameter 'size'; it has none"):
        game(without(DEFAULTS={}, PARAMETERS={}), {"size": 9})
