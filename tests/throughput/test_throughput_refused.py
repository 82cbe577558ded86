"""What throughput cannot measure or read: one line, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from throughput_rows import SECONDS, Output, WriteFloors, row, rows

from gmbench.cli import run
from gmbench.errors import UsageError
from gmbench.records import MIN_REPEATS
from gmbench.throughput import (
    Timing,
)

BAD_FLOORS = {
    "nothing": ("", ":1: the file is empty"),
    "no list": ("floors: 1\n", ":1: floors must be a list"),
    "no rows": ("floors: []\n", ":1: floors is empty"),
    "another key": ("flors: []\n", ":1: unknown key 'flors'; did you mean floors?"),
    "twice": (rows(row(), row()), ":3: floor 'a' is listed twice"),
    "floor and aim": (rows(row(floor=1, aim=2)), ":2: a row has a floor or an aim"),
    "floor of words": (rows(row(floor="high")), ":2: floor must be a number, not 'high'"),
    "floor below zero": (rows(row(floor=-1)), ":2: floor must be from 0 to"),
    "no batches": (rows(row(what="{pair: corner, batches: []}")), ":2: batches is empty"),
    "batch of zero": (rows(row(what="{pair: corner, batches: [0]}")), ":2: batches must be from 1"),
    "no such pair": (
        rows(row(what="{pair: crner, batches: [1]}")),
        ":2: unknown pair 'crner'; did you mean corner?",
    ),
    "no such scope": (
        rows(row(what="{pair: corner, batches: [1], scope: sb4}")),
        ":2: unknown scope 'sb4'; did you mean sb3?",
    ),
    "no such device": (
        rows(row(what="{pair: corner, batches: [1], device: tpu}")),
        ":2: unknown device 'tpu'",
    ),
    "two peers": (rows(row(peer="{memcpy: {}, constant: {}}")), ":2: a peer is one of"),
    "no peer": (rows(row(peer="{}")), ":2: a peer is one of"),
    "peer that is none": (rows(row(peer="{memcopy: {}}")), "did you mean memcpy?"),
    "a constant without a date": (
        rows(row(peer="{constant: {steps_per_second: 1, what: it}}")),
        ":2: missing key measured",
    ),
    "a constant of zero": (
        rows(row(peer="{constant: {steps_per_second: 0, what: it, measured: now}}")),
        ":2: steps_per_second must be from 1",
    ),
    "no such game": (
        rows(row(peer="{procgen: {game: coinru, mode: hard, batches: [1], threads: 1}}")),
        ":2: unknown game of Procgen 'coinru'; did you mean coinrun?",
    ),
    "what does not fit the pair": (
        rows(row(what="{pair: corner, batches: [1], obs: grid, tile: 8}")),
        "floors.yaml: a: tile=8: grid has no pixels",
    ),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD_FLOORS)
def test_bad_floors_are_one_line(floors: WriteFloors, capsys: Output, case: str) -> None:
    text, says = BAD_FLOORS[case]
    assert run(["throughput", "--check", str(floors(text)), *SECONDS]) == 2
    assert says in one_line(capsys)


BAD = {
    "no such pair": (["--pair", "crner"], "did you mean corner?"),
    "no such scope": (["--pair", "corner", "--scope", "sb2"], "did you mean sb3?"),
    "no such device": (["--pair", "corner", "--device", "gpu"], "unknown device 'gpu'"),
    "no such observation": (["--pair", "corner", "--obs", "rbg"], "did you mean rgb?"),
    "observation that no pair has": (["--obs", "sound"], "unknown observation of"),
    "batch of none": (["--pair", "corner", "--batch", "0"], "batch=0: choose 1 to"),
    "tile of no size": (["--pair", "corner", "--obs", "rgb", "--tile", "0"], "pixels"),
    "tiles of a grid": (["--pair", "corner", "--obs", "grid", "--tile", "8"], "has no pixels"),
    "tiles of a face": (
        ["--pair", "corner", "--obs", "rgb", "--tile", "8", "--scope", "sb3"],
        "only the engine of native worlds is told",
    ),
    "threads of a Procgen pair": (
        ["--pair", "procgen-maze", "--threads", "2"],
        "threads=2 for procgen-maze: only the engine",
    ),
    "a Procgen pair on a GPU": (
        ["--pair", "procgen-maze", "--device", "cuda"],
        "device=cuda for procgen-maze: only the engine",
    ),
    "threads of none": (["--pair", "corner", "--threads", "0"], "threads=0"),
    "too few repeats": (["--repeats", "9"], "repeats=9: needs 10 at least"),
    "no time": (["--seconds", "0"], "a repeat lasts"),
    "no number of seconds": (["--seconds", "nan"], "a repeat lasts"),
    "floors and a pair": (["--check", "f.yaml", "--pair", "corner"], "leave out --pair"),
    "no such floors": (["--check", "f.yaml"], "f.yaml: there is no such file"),
    "output in no folder": (["--pair", "corner", "-o", "no/t.json"], "no/t.json"),
    "output over the floors": (["--check", "f.yaml", "-o", "./f.yaml"], "it is read as well"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(
    case: str, capsys: Output, in_an_empty_folder: Path
) -> None:
    arguments, says = BAD[case]
    assert run(["throughput", *arguments]) == 2
    assert says in one_line(capsys)
    assert list(in_an_empty_folder.iterdir()) == []


@pytest.mark.bad_input
def test_a_gpu_that_is_not_there_is_one_line(without_gpu: None, capsys: Output) -> None:
    assert run(["throughput", "--pair", "corner", "--device", "cuda"]) == 2
    assert "'cuda' needs" in one_line(capsys)


def one_line(capsys: Output) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gmbench: ") and err.count("\n") == 1
    return err


@pytest.mark.bad_input
def test_a_speed_of_too_few_repeats_is_not_stated() -> None:
    with pytest.raises(UsageError, match="needs 10 at least"):
        Timing(repeats=MIN_REPEATS - 1)
