"""Throughput: what is measured and written, and what comes of a floor. No speed is asserted."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from throughput_rows import SECONDS, Output, WriteFloors, row, rows

import gmbench
from gmbench import registry
from gmbench.cli import run
from gmbench.records import MIN_REPEATS, StepsPerSecond, Throughput
from gmbench.registry import Registry
from gmbench.throughput import (
    Setup,
    ThroughputReport,
    Timing,
    check,
    measure,
    schema_text,
)
from gmbench.throughput.clock import Stepper, time_in_turn
from gmbench.throughput.floors import read_floors
from gmbench.throughput.peers import Copies

FLOORS = Path(__file__).parents[1] / "benchmarks" / "floors.yaml"
SHORT = Timing(seconds=0.001)
CONSTANT = "{constant: {steps_per_second: 1000, what: a snail, measured: 2026-01}}"


def test_the_checked_in_schema_is_fresh(capsys: Output) -> None:
    checked_in = Path(gmbench.__file__).parent / "data" / "throughput.schema.json"
    assert checked_in.read_text() == schema_text(), "write `gmbench schema throughput` to this file"
    assert run(["schema", "throughput"]) == 0
    assert capsys.readouterr().out == schema_text()


def test_what_is_written_fits_its_schema(capsys: Output) -> None:
    arguments = ["throughput", "--pair", "corner", "--batch", "256", "-o", "t.json", *SECONDS]
    assert run(arguments) == 0
    assert "wrote t.json" in capsys.readouterr().err
    written = Path("t.json").read_text()
    report = ThroughputReport.model_validate_json(written)
    assert report.to_json() == written
    (found,) = report.throughput
    speed = found.steps_per_second
    assert (found.pair, found.scope, found.device, found.batch) == ("corner", "env", "cpu", 256)
    assert (found.observation, found.observation_bytes) == ("grid", 3 * 13 * 13)
    assert found.host_copy and found.threads is not None
    assert speed.repeats >= MIN_REPEATS and 0 < speed.q1 <= speed.median <= speed.q3
    assert report.software.numba is not None
    assert report.run.arguments["seconds"] == 0.001


def test_levels_begin_inside_the_clock() -> None:
    (found,) = measure(["corner"], [256], timing=SHORT).throughput
    assert found.levels_begun is not None and found.levels_begun > 0


def test_slots_have_ages_as_in_training() -> None:
    with closing(Setup("corner", 512).open()) as stepper:
        before = stepper.levels_begun()
        stepper.run(128 // 8)  # of the 128 steps or more that an episode may take
        begun = stepper.levels_begun()
    assert before == 512 and begun is not None
    # About an eighth by age and a few by their cheese; of slots of one age it were those few.
    assert 512 / 16 < begun - before < 512 / 2


@pytest.mark.parametrize("pair", ["corner", "procgen-coinrun"])
@pytest.mark.parametrize("scope", ["env", "vector", "sb3"])
def test_every_scope_steps_every_family(scope: str, pair: str) -> None:
    (found,) = measure([pair], [4], scope=scope, obs="rgb", timing=SHORT).throughput
    assert (found.scope, found.pair, found.batch) == (scope, pair, 4)
    assert found.observation_bytes == 64 * 64 * 3


def test_tiles_and_threads_are_the_engine_s() -> None:
    (found,) = measure(["corner"], [4], obs="rgb", tile=8, threads=1, timing=SHORT).throughput
    assert found.observation_bytes == (13 * 8) ** 2 * 3
    assert found.threads == 1


def test_repeats_take_turns_and_every_one_is_finished() -> None:
    said: list[str] = []

    def stepper(name: str) -> Stepper:
        return Stepper(
            step=lambda _: said.append(name),
            batch=1,
            obs="grid",
            observation_bytes=1,
            actions=itertools.repeat(None),
            finish=lambda: said.append(f"{name} finished"),
        )

    time_in_turn([stepper("a"), stepper("b")], Timing(12, 1e-4))
    turns = [name for name, _ in itertools.groupby(said)]
    assert turns[-4 * 12 :] == ["a", "a finished", "b", "b finished"] * 12


def test_a_copy_moves_what_was_shown() -> None:
    with closing(Setup("corner", 8, obs="rgb").open()) as ours:
        ours.run(1)
        shown = ours.last[0].copy()
        copies = Copies().open(ours)
        ours.run(9)
        for _ in range(4):
            copies.run(1)
            assert (copies.last[0] == shown).all()
            copies.last[0][:] = 0


@pytest.mark.parametrize(
    ("keys", "code", "verdict"),
    [
        ({"floor": "0.00001"}, 0, "met"),
        ({"floor": "100000000000000"}, 1, "missed"),
        ({"aim": "100000000000000"}, 0, "reported"),
        ({}, 0, "reported"),
    ],
)
@pytest.mark.parametrize("peer", [None, CONSTANT], ids=["alone", "constant"])
def test_a_floor_decides_the_exit_code(
    floors: WriteFloors,
    capsys: Output,
    keys: dict[str, str],
    code: int,
    verdict: str,
    peer: str | None,
) -> None:
    path = floors(rows(row(**keys, **({} if peer is None else {"peer": peer}))))
    assert run(["throughput", "--check", str(path), "--json", *SECONDS]) == code
    report = json.loads(capsys.readouterr().out)
    ThroughputReport.model_validate(report)
    (found,) = report["floors"]
    assert found["verdict"] == verdict
    speed = found["measured"]["steps_per_second"]["median"]
    assert found["ratio"]["median"] == pytest.approx(speed / (1 if peer is None else 1000))
    assert report["throughput"] == [found["measured"]]


def test_a_table_says_what_was_found_and_what_is_absent(
    floors: WriteFloors, capsys: Output
) -> None:
    many = "{pair: corner, batches: [8], threads: 1000}"
    path = floors(rows(row("slow", floor="100000000000"), row("wide", many, floor="1")))
    assert run(["throughput", "--check", str(path), *SECONDS]) == 1
    out = capsys.readouterr().out
    assert "MISSED" in out and "absent" in out and "wide: it takes 1000 cores" in out


@pytest.mark.parametrize(
    ("peer", "words"),
    [
        ("{gmbench: {pair: corner, batches: [4]}}", "corner, batch 4"),
        ("{memcpy: {}}", "memcpy of the same observations"),
        (
            "{procgen: {game: coinrun, mode: hard, batches: [2], threads: 1}}",
            "bare Procgen coinrun hard, batch 2, threads 1",
        ),
    ],
    ids=["gmbench", "memcpy", "procgen"],
)
def test_a_peer_is_measured_in_the_same_run(floors: WriteFloors, peer: str, words: str) -> None:
    (found,) = check(floors(rows(row(peer=peer, floor="0.00001"))), timing=SHORT).floors
    assert found.peer is not None and found.ratio is not None
    assert (found.peer.what, found.peer.measured) == (words, None)
    assert found.peer.steps_per_second.repeats == found.ratio.repeats == MIN_REPEATS
    assert found.verdict == "met"


def test_of_several_batches_the_fastest_counts(floors: WriteFloors) -> None:
    what = "{pair: corner, batches: [1, 512], threads: 1}"
    report = check(floors(rows(row(what=what))), timing=SHORT)
    assert [one.batch for one in report.throughput] == [1, 512, 512]
    assert report.floors[0].what == "corner, batch 512, threads 1"


def test_without_a_gpu_its_rows_are_absent(without_gpu: None, floors: WriteFloors) -> None:
    what = "{pair: corner, device: cuda, batches: [8, 16]}"
    (found,) = check(floors(rows(row(what=what, floor=1))), timing=SHORT).floors
    assert (found.verdict, found.measured, found.ratio) == ("absent", None, None)
    assert found.why is not None and "'cuda' needs" in found.why


def test_our_own_floors_can_be_read() -> None:
    found = {floor.name: floor for floor in read_floors(FLOORS)}
    assert {name: floor.floor for name, floor in found.items() if floor.floor} == {
        "coinrun-rgb-64": 25,
        "coinrun-rgb-best": 25,
        "corner-grid-32": 3,
        "corner-grid-1024": 1.5,
        "corner-rgb-32": 5,
        "corner-rgb-1024": 20,
        "corner-rgb-memcpy": 0.5,
        "sb3-face": 0.5,
        "two-threads": 1.7,
    }
    on_gpu = [floor for floor in found.values() if floor.setups[0].device == "cuda"]
    assert on_gpu and all(floor.floor is None for floor in on_gpu)


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Installs a third party's package: a world like one of ours, and one that cannot be played."""
    site = tmp_path / "site-packages"
    info = site / "stranger-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    points = ["[gmbench.worlds]", "burrow = stranger_burrow", "stub = stranger_stub", ""]
    (info / "entry_points.txt").write_text("\n".join(points))
    monkeypatch.syspath_prepend(str(site))
    known = Registry("world", (), "gmbench.worlds", registry.WORLDS.holds)

    def install(like: str) -> None:
        for name, world, further in (("burrow", like, ""), ("stub", "corner", "del step\n")):
            module = registry.WORLDS.item(world).module
            (site / f"stranger_{name}.py").write_text(
                f"from dataclasses import replace\nfrom {module} import *\n"
                f'NAME = "{name}"\nVERSION = 0\n'
                f"PAIR = replace(PAIR, world=replace(PAIR.world, name=NAME))\n{further}"
            )
        monkeypatch.setattr(registry, "WORLDS", known)

    yield install
    for module in ("stranger_burrow", "stranger_stub"):
        sys.modules.pop(module, None)


@pytest.mark.parametrize(
    "like",
    # A native world is compiled first.
    ["procgen-coinrun", pytest.param("corner", marks=pytest.mark.slow)],
)
def test_a_stranger_s_world_is_measured_like_ours(
    stranger: Callable[[str], None], like: str, capsys: Output
) -> None:
    stranger(like)
    assert run(["throughput", "--batch", "8", *SECONDS]) == 0
    out, err = capsys.readouterr()
    assert "burrow" in out and "stub" not in out
    assert "skipped stub: world 'stub' cannot be played: its module lacks step" in err


def test_a_speed_without_the_later_fields_is_written_without_them() -> None:
    rates = StepsPerSecond.of([1.0, 2.0, 4.0])
    assert (rates.q1, rates.median, rates.q3, rates.repeats) == (1.5, 2.0, 3.0, 3)
    old: dict[str, Any] = {"scope": "env", "device": "cpu", "batch": 1, "steps_per_second": rates}
    old |= {"observation_bytes": 1, "host_copy": True}
    plain = set(Throughput(**old).model_dump())
    full = set(Throughput(**old, threads=2, observation="grid", levels_begun=0).model_dump())
    assert full - plain == {"threads", "observation", "levels_begun"}
    assert {"pair", "device", "host_copy"} <= plain


def test_help_has_an_example(capsys: Output) -> None:
    assert run(["throughput", "--help"]) == 0
    assert "Example" in capsys.readouterr().out


@pytest.mark.slow
def test_the_card_s_way_runs_in_the_simulator(floors: WriteFloors) -> None:
    what = "{pair: corner, obs: grid, device: cuda, batches: [1]}"
    path = floors(rows(row(what=what, peer="{memcpy: {}}")))
    command = [sys.executable, "-m", "gmbench", "throughput", "--check", str(path), "--json"]
    simulated = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([*command, *SECONDS], capture_output=True, text=True, env=simulated)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["floors"]
    assert found["verdict"] == "reported"
    assert found["measured"]["device"] == "simulator"
    assert found["measured"]["host_copy"] is False
    assert found["measured"]["levels_begun"] is not None
