"""What native worlds do, pinned by version."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import lane_world as lane
import pytest
from engine_worlds import changed_lane, every_native_world, load

from gmbench.engine import digests as digesting
from gmbench.engine.devices import without_cuda
from gmbench.engine.digests import compared, digests, native_worlds, read_golden, write_golden
from gmbench.registry import WORLDS

NAMES = {
    "training_states",
    "training_grid",
    "evaluation_states",
    "evaluation_rgb",
    "pictures",
}
FEW = {"levels": 5, "steps": 12}


@every_native_world
def test_a_world_does_what_it_did(world: str) -> None:
    """If this is meant to differ: raise the world's VERSION, and write the golden file anew."""
    module, kept = WORLDS.load(world), read_golden()[world]
    assert kept["version"] == module.VERSION, "python -m gmbench.engine.digests"
    assert kept["digests"] == digests(module), "python -m gmbench.engine.digests"


def test_every_world_that_ships_is_pinned_and_no_other() -> None:
    assert set(read_golden()) == {n for n in native_worlds() if WORLDS.item(n).package is None}


def test_a_digest_has_sixteen_digits_and_names_what_it_pins() -> None:
    found = digests(lane, **FEW)
    assert set(found) == NAMES
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in found.values())
    assert digests(lane, **FEW) == found
    assert len(set(found.values())) == len(NAMES)


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        # Nobody notices by the third cell what happens at the seventh.
        (
            ("planes[cells + cell] = state.trail[cell]", "planes[cells + cell] = 0"),
            {"training_grid"},
        ),
        (("tiles[cell] = 1 if", "tiles[cell] = 0 if"), {"evaluation_rgb", "pictures"}),
        (("LIMIT = 10", "LIMIT = 9"), {"training_states", "training_grid"}),
        (("DEADLINE = 20", "DEADLINE = 19"), {"evaluation_states"}),
        (("np.array([40, 220]", "np.array([40, 221]"), {"evaluation_rgb", "pictures"}),
    ],
    ids=["grid", "tiles", "limit", "deadline", "atlas"],
)
@pytest.mark.slow
def test_a_change_shows_in_the_digest_of_what_it_changes(
    change: tuple[str, str], differs: set[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    name = "lane_" + request.node.callspec.id
    changed, usual = (
        digests(load(changed_lane(tmp_path, name, change)), **FEW),
        digests(lane, **FEW),
    )
    assert {name for name in NAMES if changed[name] != usual[name]} == differs


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A golden file of the test's own."""
    file = tmp_path / "golden.json"
    monkeypatch.setattr(digesting, "GOLDEN", file)
    return file


def test_the_comparison_tells_equal_from_different_and_unknown(golden: Path) -> None:
    found = digests(WORLDS.load("corner"))
    version = WORLDS.load("corner").VERSION
    for kept, equal in [
        ({"corner": {"version": version, "digests": found}}, True),
        ({"corner": {"version": version, "digests": {**found, "pictures": "0" * 16}}}, False),
        ({"corner": {"version": version + 1, "digests": found}}, None),
        ({}, None),
    ]:
        golden.write_text(json.dumps(kept))
        result = compared("cpu", ["corner"])
        assert (result["device"], result["run"]) == ("cpu", "run")
        world = result["worlds"]["corner"]
        assert world["equal"] is equal and world["digests"] == found
        assert (world["golden"] is None) == (equal is None)
        json.dumps(result)


def test_writing_the_golden_file_makes_it_true(
    golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digesting, "native_worlds", lambda: ("corner", "dish"))
    write_golden()
    results: dict[str, Any] = compared("cpu", ["corner", "dish"])["worlds"]
    assert [results[name]["equal"] for name in ("corner", "dish")] == [True, True]


def test_without_a_card_the_comparison_says_not_run() -> None:
    code = "import json; from gmbench.engine.digests import compared; "
    said = subprocess.run(
        [sys.executable, "-c", code + "print(json.dumps(compared('cuda')))"],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(said.stdout)
    assert (result["device"], result["run"], result["worlds"]) == ("cuda", "not run", {})
    assert "none was found" in result["why"]


@pytest.mark.skipif(without_cuda() is not None, reason="there is no graphics card")
def test_on_a_real_card_worlds_do_what_they_do_on_the_processor() -> None:
    worlds = compared("cuda")["worlds"]
    assert {name for name in worlds if not worlds[name]["equal"]} == set()
