"""The command line as a person meets it: what it prints, its exit codes, what it leaves behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import gmbench
from gmbench.cli import run
from gmbench.episodes import Episodes
from gmbench.records import Record
from gmbench.suites import suites

Output = pytest.CaptureFixture[str]

TINY = """\
name: tiny
version: 0
summary: One pair, three levels.
protocol: transfer
deterministic: true
batch_size: 4
entries:
  - pair: procgen-coinrun-left
    mode: easy
    conditions: [train, test]
    levels: 3
"""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def tiny(in_an_empty_folder: Path) -> Path:
    path = in_an_empty_folder / "tiny.gmbench.yaml"
    path.write_text(TINY)
    return path


def test_eval_writes_what_it_was_asked_for_and_says_what_it_found(
    tiny: Path, capsys: Output
) -> None:
    arguments = ["eval", "scripted:proxy", "--suite", str(tiny), "-o", "r.json"]
    assert run([*arguments, "--episodes", "e.csv.gz"]) == 0
    out, err = capsys.readouterr()
    record = Record.load("r.json")
    assert record.results[0].metrics["goal_effect"].value == 0
    words = " ".join(out.split())
    assert "procgen-coinrun-left: gets the coin in" in words
    assert "moving the coin moves the agent by 0.00" in words
    assert "wrote r.json" in err and "wrote e.csv.gz" in err
    assert len(Episodes.read("e.csv.gz")) == 6
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["e.csv.gz", "r.json", tiny.name]


def test_eval_json_is_the_record_and_nothing_else(tiny: Path, capsys: Output) -> None:
    assert (
        run(
            ["eval", "--pair", "procgen-coinrun-left=scripted:proxy", "--json"]
            + ["--suite", str(tiny), "--levels", "1"]
        )
        == 0
    )
    record = Record.parse(capsys.readouterr().out)
    assert record.results[0].levels == 1


def test_recompute_gives_the_record_s_figures(tiny: Path, capsys: Output) -> None:
    run(["eval", "scripted:proxy", "--suite", str(tiny), "-o", "r.json", "--episodes", "e.csv"])
    capsys.readouterr()
    assert run(["recompute", "e.csv", "--json"]) == 0
    recomputed = json.loads(capsys.readouterr().out)
    stored = json.loads(Path("r.json").read_text())["results"][0]["metrics"]
    assert recomputed == {"procgen-coinrun-left": stored}
    assert run(["recompute", "e.csv"]) == 0
    assert "train_success" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["worlds", "pairs", "suites", "agents", "protocols"])
def test_list_prints_every_name(kind: str, capsys: Output) -> None:
    assert run(["list", kind, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert run(["list", kind]) == 0
    text = capsys.readouterr().out
    assert rows and all(str(next(iter(row.values()))) in text for row in rows)


def test_list_knows_what_the_package_knows(capsys: Output) -> None:
    run(["list", "pairs", "--json"])
    assert [row["pair"] for row in json.loads(capsys.readouterr().out)] == list(gmbench.pairs())
    run(["list", "suites", "--json"])
    assert [row["suite"] for row in json.loads(capsys.readouterr().out)] == list(suites())


def test_show_prints_the_world_s_page(capsys: Output) -> None:
    assert run(["show", "procgen-maze"]) == 0
    text = capsys.readouterr().out
    for heading in ("Layout", "Goal", "Proxy", "Conditions", "Observation", "Source"):
        assert heading in text
    assert "--set" not in text
    assert run(["show", "dish"]) == 0
    told = capsys.readouterr().out
    assert "Parameters (--set NAME=VALUE)\n    size: 7 to 49; default 13\n" in told
    assert "\n    terminal: no, yes; default no\n\nScore" in told
    assert run(["show", "procgen-maze", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["world"]["goal"] == "the cheese"


def test_show_paints_a_picture() -> None:
    assert run(["show", "procgen-coinrun", "--picture", "p.png"]) == 0
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")


def test_schema_prints_the_checked_in_file(capsys: Output) -> None:
    assert run(["schema"]) == 0
    checked_in = Path(gmbench.__file__).parent / "data" / "record.schema.json"
    assert capsys.readouterr().out == checked_in.read_text()


def test_help_names_every_command_and_each_has_an_example(capsys: Output) -> None:
    assert run(["--help"]) == 0
    overview = capsys.readouterr().out
    for command in ("list", "show", "eval", "watch", "train", "recompute", "schema", "check"):
        assert command in overview
        assert run([command, "--help"]) == 0
        assert "Example" in capsys.readouterr().out


@pytest.mark.procgen
def test_the_installed_command_says_nothing_of_the_old_gym() -> None:
    command = [sys.executable, "-m", "gmbench", "eval", "scripted:random", "--levels", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "Gym has been unmaintained" not in done.stderr


BAD = {
    "no such command": (["evl"], "No such command 'evl'"),
    "no such option": (["eval", "scripted:random", "--sute", "quick"], "No such option: --sute"),
    "no such kind": (["list", "wolds"], "wolds"),
    "no such pair": (["show", "procgen-coinrum"], "procgen-coinrun"),
    "no such suite": (["eval", "scripted:random", "--suite", "quik"], "quick"),
    "no such role": (["eval", "scripted:gaol"], "no scripted agent 'gaol'"),
    "no such file": (["eval", "agent.zip"], "agent.zip: no such file"),
    "neither agent nor pairs": (["eval"], "give one agent for all pairs"),
    "agent and pairs": (["eval", "scripted:random", "--pair", "a=b"], "give one agent"),
    "pair without agent": (["eval", "--pair", "procgen-maze"], "write it as PAIR=AGENT"),
    "pair twice": (
        ["eval", "--pair", "procgen-coinrun=scripted:random"]
        + ["--pair", "procgen-coinrun=scripted:proxy"],
        "given twice",
    ),
    "pair the suite lacks": (
        ["eval", "--pair", "procgen-maze=scripted:random"],
        "suite quick has no pair procgen-maze",
    ),
    "levels zero": (["eval", "scripted:random", "--levels", "0"], "levels"),
    "levels of words": (["eval", "scripted:random", "--levels", "many"], "--levels"),
    "output in no folder": (["eval", "scripted:random", "-o", "no/r.json"], "no/r.json"),
    "output is a folder": (["eval", "scripted:random", "-o", "."], "it is a folder"),
    "one file for both": (
        ["eval", "scripted:random", "-o", "r.csv", "--episodes", "r.csv"],
        "need two files",
    ),
    "record over the suite": (
        ["eval", "scripted:random", "--suite", "mine.yaml", "-o", "mine.yaml"],
        "mine.yaml is read as well",
    ),
    "film of a role that the pair lacks": (
        ["watch", "scripted:goal", "--pair", "procgen-coinrun", "-o", "f.mp4"],
        "has no scripted agent 'goal'",
    ),
    "table of another kind": (["eval", "scripted:random", "--episodes", "e.txt"], ".csv"),
    "role that no pair has": (["eval", "scripted:goal"], "has no scripted agent 'goal'"),
    "film of another kind": (
        ["watch", "scripted:random", "--pair", "procgen-maze", "-o", "film.gif"],
        ".mp4",
    ),
    "film of no levels": (
        ["watch", "scripted:random", "--pair", "procgen-maze", "-o", "f.mp4", "--levels", "0"],
        "--levels",
    ),
    "film in no mode": (
        ["watch", "scripted:random", "--pair", "procgen-maze", "-o", "f.mp4", "--mode", "soft"],
        "easy, hard",
    ),
    "film in a mode where there is none": (
        ["watch", "scripted:random", "--pair", "corner", "-o", "f.mp4", "--mode", "easy"],
        "corner has no modes",
    ),
    "picture of another kind": (["show", "procgen-maze", "--picture", "p.gif"], ".png"),
    "recompute nothing": (["recompute", "nothing.csv"], "nothing.csv"),
    "normalization without trust": (
        ["export-normalization", "here.pkl", "-o", "n.npz"],
        "here.pkl",
    ),
    "check of no world": (["check", "procgen-coinrum"], "procgen-coinrun"),
    "check of digests in another size": (
        ["check", "corner", "--device", "cpu", "--levels", "5", "--set", "size=9"],
        "leave out --levels, --set",
    ),
    "check into no folder": (["check", "corner", "-o", "no/checks.json"], "there is no folder"),
    "film of levels beyond the last": (
        ["watch", "scripted:proxy", "--pair", "corner", "-o", "f.mp4", "--first-level", "9" * 12],
        "only 0 of 3 levels exist",
    ),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(
    case: str, capsys: Output, in_an_empty_folder: Path
) -> None:
    arguments, words = BAD[case]
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gmbench: ") and err.endswith("\n") and err.count("\n") == 1
    assert words in err
    assert list(in_an_empty_folder.iterdir()) == []


def test_an_interrupt_leaves_no_half_written_table(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    from gmbench.protocols import transfer

    def interrupted(*_: object) -> Callable[[], None]:
        raise KeyboardInterrupt

    monkeypatch.setattr(transfer, "run_pair", interrupted)
    arguments = ["eval", "scripted:proxy", "--suite", str(tiny), "-o", "r.json"]
    assert run([*arguments, "--episodes", "e.csv"]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert [path.name for path in Path.cwd().iterdir()] == [tiny.name]
