"""``gmbench train`` as a person meets it: what it prints, its exit codes, what it leaves behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gmbench.cli import run
from gmbench.cli.parameters import parameters
from gmbench.cli.train import _short
from gmbench.training.resuming import read_run

Output = pytest.CaptureFixture[str]

RECIPE = """\
pair: corner
parameters: {size: 7}
steps: 1024
num_envs: 16
alpha: 0.5
network: {extractor: stock, layers: [16]}
settings: {batch_size: 128, n_epochs: 1}
"""


@pytest.fixture(autouse=True)
def in_a_folder_with_a_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("recipe.yaml").write_text(RECIPE)
    return folder


def trained_by(path: str) -> Any:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("data"))["gmbench_recipe"]


def test_a_recipe_becomes_an_agent(capsys: Output) -> None:
    assert run(["train", "recipe.yaml", "-o", "a.zip"]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(
        r"ppo on corner, alpha 0\.5, seed 0: 1,024 steps in \d+ s \([\d,]+ steps/s\);"
        r" at the end \d+% of training episodes succeed\n",
        out,
    )
    assert "corner ppo: 1,024/1,024 steps, " in err
    assert err.endswith("wrote a.zip and a.curve.csv\n")
    assert trained_by("a.zip")["alpha"] == 0.5


def test_flags_stand_in_for_a_recipe(capsys: Output) -> None:
    flags = ["--pair", "corner", "--set", "size=7", "--set", "layout=open", "--steps", "512"]
    flags += ["--algo", "a2c", "--obs", "grid", "--alpha", "0.25", "--levels", "9", "--seed", "3"]
    assert run(["train", *flags, "--num-envs", "16", "--extractor", "stock", "-o", "a.zip"]) == 0
    recipe = trained_by("a.zip")
    assert recipe["parameters"] == {"size": 7, "layout": "open"}
    assert (recipe["algorithm"], recipe["steps"], recipe["seed"]) == ("a2c", 512, 3)
    assert (recipe["alpha"], recipe["levels"], recipe["num_envs"]) == (0.25, 9, 16)
    assert recipe["network"]["extractor"] == "stock"


def test_flags_change_what_a_recipe_says() -> None:
    assert run(["train", "recipe.yaml", "--alpha", "0", "--seed", "2", "-o", "a.zip"]) == 0
    recipe = trained_by("a.zip")
    assert (recipe["alpha"], recipe["seed"], recipe["num_envs"]) == (0.0, 2, 16)
    # Another algorithm takes none of the settings that were meant for the first.
    assert run(["train", "recipe.yaml", "--algo", "a2c", "-o", "b.zip"]) == 0
    assert trained_by("b.zip")["settings"]["n_steps"] == 16


def test_checkpoints_are_written_on_the_way() -> None:
    options = ["--checkpoints", "on-the-way", "--every", "512"]
    assert run(["train", "recipe.yaml", "-o", "a.zip", *options]) == 0
    names = [path.name for path in sorted(Path("on-the-way").iterdir())]
    assert names == ["checkpoint-000000000512.zip", "checkpoint-000000001024.zip"]


def test_what_was_trained_can_be_watched_where_it_lives(capsys: Output) -> None:
    assert run(["train", "recipe.yaml", "-o", "a.zip"]) == 0
    film = ["watch", "a.zip", "--pair", "corner", "--levels", "1", "-o", "f.mp4"]
    assert run([*film, "--set", "size=7"]) == 0
    assert Path("f.mp4").stat().st_size > 1000
    capsys.readouterr()
    assert run(film) == 2
    assert "agent a observes (3, 7, 7), the world gives (3, 13, 13)" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_go_on(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "gmbench", "train", "recipe.yaml", "-o", "a.zip"]
    command += ["--steps", "100000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        while "steps/s" not in running.stderr.readline():
            assert running.poll() is None
        running.send_signal(number)
        rest = running.stderr.read()
    assert running.returncode == 128 + number
    last = rest.splitlines()[-1]
    assert re.fullmatch(
        r"gmbench: stopped after [\d,]+ of 100,000 steps; .*--resume to go on", last
    )
    assert 0 < read_run(Path("a.resume")).steps < 100_000
    assert sorted(p.name for p in Path().iterdir()) == [
        "a.curve.csv",
        "a.resume",
        "a.zip",
        "recipe.yaml",
    ]


def test_on_a_terminal_a_bar_tells_steps_speed_success_and_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Console(file=StringIO(), force_terminal=True, width=120, color_system=None)
    monkeypatch.setattr("gmbench.cli.train.err", lambda: screen)
    assert run(["train", "recipe.yaml", "-o", "a.zip"]) == 0
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert re.search(
        r"corner ppo .* 1,024/1,024 [\d.]+[kM]? steps/s \d+% succeed \d+:\d\d left", shown
    )


def test_parameters_are_numbers_where_they_read_as_such() -> None:
    assert parameters(["size=9", "layout=open", "x=-3", "y=a=b"]) == {
        "size": 9,
        "layout": "open",
        "x": -3,
        "y": "a=b",
    }
    assert parameters(None) == {}


def test_speeds_are_short() -> None:
    assert [_short(n) for n in (7.25, 950, 12_345, 1_250_000)] == ["7.25", "950", "12.3k", "1.25M"]


BAD = {
    "nothing at all": ([], "-o FILE.zip"),
    "no recipe": (["-o", "a.zip"], "say --pair and --steps"),
    "no steps": (["--pair", "corner", "-o", "a.zip"], "say --steps"),
    "no such recipe": (["recipes.yaml", "-o", "a.zip"], "recipes.yaml: there is no such file"),
    "no such pair": (["--pair", "cornr", "--steps", "9", "-o", "a.zip"], "did you mean corner"),
    "another pair": (["recipe.yaml", "--pair", "dish", "-o", "a.zip"], "a recipe for corner"),
    "no such algorithm": (["recipe.yaml", "--algo", "pop", "-o", "a.zip"], "did you mean ppo"),
    "alpha of words": (["recipe.yaml", "--alpha", "much", "-o", "a.zip"], "--alpha"),
    "alpha too large": (["recipe.yaml", "--alpha", "2", "-o", "a.zip"], "a number from 0 to 1"),
    "no such parameter": (["recipe.yaml", "--set", "sise=7", "-o", "a.zip"], "did you mean size"),
    "half a parameter": (["recipe.yaml", "--set", "size", "-o", "a.zip"], "NAME=VALUE"),
    "a parameter twice": (
        ["recipe.yaml", "--set", "size=7", "--set", "size=9", "-o", "a.zip"],
        "given twice",
    ),
    "no zip": (["recipe.yaml", "-o", "a.tar"], "ends in .zip"),
    "the recipe itself": (["recipe.yaml", "-o", "recipe.yaml"], "it is read as well"),
    "nothing to resume": (["recipe.yaml", "-o", "a.zip", "--resume"], "nothing to resume"),
    "nothing to resume, a folder asked for": (
        ["recipe.yaml", "-o", "a.zip", "--resume", "--checkpoints", "c", "--every", "9"],
        "nothing to resume",
    ),
    "checkpoints never": (["recipe.yaml", "-o", "a.zip", "--checkpoints", "c"], "how many steps"),
    "no such device": (["recipe.yaml", "-o", "a.zip", "--device", "tpu"], "choose cpu or cuda"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(
    case: str, capsys: Output, in_a_folder_with_a_recipe: Path
) -> None:
    arguments, words = BAD[case]
    assert run(["train", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gmbench: ") and err.endswith("\n") and err.count("\n") == 1
    assert words in err
    assert [path.name for path in in_a_folder_with_a_recipe.iterdir()] == ["recipe.yaml"]
    assert Path("recipe.yaml").read_text() == RECIPE
