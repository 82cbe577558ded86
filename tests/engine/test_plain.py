"""The compiled engine against the same rules run otherwise: as plain Python, on a simulated card.

A card's simulator takes the path that a card takes, from the arrays it is handed to the kernels'
indices; plain Python shows what the rules say before numba has seen them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_worlds import changed_lane, every_native_world
from fingerprints import CHECKED, PLAIN, SIMULATOR, fingerprints

from gmbench.engine.digests import digests, native_worlds
from gmbench.engine.plain import Record, record
from gmbench.registry import WORLDS

FEW = {"levels": 2, "steps": 12}
MANY = {"levels": 200, "steps": 8}  # of every condition of every world: thousands in all
MORE = {"levels": 1024, "steps": 64}


@pytest.fixture(scope="module")
def simulated() -> dict[str, Any]:
    """A few levels of every world as plain Python, on the processor and on a simulated card."""
    return fingerprints(native_worlds(), "cpu,cuda", **FEW, environment=SIMULATOR)[0]


@every_native_world
def test_plain_python_agrees(world: str, simulated: dict[str, Any]) -> None:
    assert simulated[f"{world} on cpu"] == digests(WORLDS.load(world), **FEW)


@every_native_world
def test_a_simulated_card_agrees(world: str, simulated: dict[str, Any]) -> None:
    assert simulated[f"{world} on cuda"] == digests(WORLDS.load(world), **FEW)


@pytest.mark.slow
@every_native_world
def test_plain_python_agrees_on_many_levels(world: str) -> None:
    found, _ = fingerprints([world], "cpu", **MANY, environment=PLAIN)
    assert found[f"{world} on cpu"] == digests(WORLDS.load(world), **MANY)


@pytest.mark.slow
@every_native_world
def test_no_rule_reaches_outside_its_arrays(world: str, tmp_path: Path) -> None:
    # What was compiled without the checks is kept under the same name.
    checked = {**CHECKED, "GMBENCH_CACHE": str(tmp_path)}
    found, said = fingerprints([world], "cpu", **MORE, environment=checked)
    assert "Error" not in said
    assert found[f"{world} on cpu"] == digests(WORLDS.load(world), **MORE)


@pytest.mark.slow
def test_reaching_outside_is_noticed(tmp_path: Path) -> None:
    past_the_end = ("state.trail[at] = 1", "state.trail[at + 2] = 1")
    file = changed_lane(tmp_path, "lane_outside", past_the_end)
    checked = {**CHECKED, "GMBENCH_CACHE": str(tmp_path)}
    _, said = fingerprints([str(file)], "cpu", **FEW, environment=checked)
    assert "IndexError: index is out of bounds" in said


@every_native_world
def test_states_hold_no_floats(world: str) -> None:
    module = WORLDS.load(world)
    for fields in (module.state_fields, module.scratch_fields):
        dtype = record(fields(**module.DEFAULTS))
        kinds = {name: dtype[name].base.kind for name in dtype.names or ()}
        assert set(kinds.values()) <= set("iub"), kinds


def test_a_plain_records_fields_come_before_its_attributes() -> None:
    fields = [("size", "i2"), ("copy", "i4"), ("walls", "u1", (4,))]
    records = np.zeros(2, np.dtype((Record, np.dtype(fields, align=True))))
    one = records[0]
    one.size = 13
    one.walls[2] = 1
    assert (one.size, one.copy, one.walls.tolist()) == (13, 0, [0, 0, 1, 0])
    records[1] = one
    assert records["size"].tolist() == [13, 13] and records[1].walls[2] == 1
    assert one.nbytes == records.dtype.itemsize
    with pytest.raises(AttributeError):
        one.sizes  # noqa: B018
