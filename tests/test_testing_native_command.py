"""gmbench check of native worlds: what it prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gmbench.cli import run
from gmbench.engine import digests
from gmbench.worlds import corner

Output = pytest.CaptureFixture[str]


def test_the_command_prints_and_writes_what_was_found(capsys: Output, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    arguments = ["check", "corner", "--levels", "8", "--set", "layout=tree"]
    assert run([*arguments, "--json", "-o", str(file)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(file.read_text())
    assert (printed["world"], printed["parameters"]) == ("corner", {"layout": "tree"})
    assert run(arguments) == 0
    table = capsys.readouterr().out
    assert "corner version 0, 8 levels, layout=tree" in table
    assert "train-alike" in table and "passed" in table


def test_the_command_compares_a_device_or_says_not_run(capsys: Output, tmp_path: Path) -> None:
    file = tmp_path / "digests.json"
    assert run(["check", "corner", "--device", "cuda", "-o", str(file)]) == 0
    written, printed = json.loads(file.read_text()), capsys.readouterr().out
    assert written["device"] == "cuda"
    if written["run"] == "not run":
        assert printed.startswith("not run: device 'cuda' needs")
        assert written["worlds"] == {}
    else:
        assert written["worlds"]["corner"]["equal"] is True


def test_digests_that_differ_fail_the_command(
    capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {"corner": {"version": corner.VERSION, "digests": digests.digests(corner)}}
    monkeypatch.setattr(digests, "GOLDEN", tmp_path / "golden.json")
    digests.GOLDEN.write_text(json.dumps(kept))
    assert run(["check", "corner", "--device", "cpu"]) == 0
    assert "equal" in capsys.readouterr().out
    kept["corner"]["digests"]["pictures"] = "0" * 16
    digests.GOLDEN.write_text(json.dumps(kept))
    assert run(["check", "corner", "--device", "cpu", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["worlds"]["corner"]["equal"] is False


BAD = {
    "neither world nor device": (["check"], "name a world"),
    "unknown device": (["check", "--device", "tpu"], "choose one of cpu, cuda"),
    "Procgen on a device": (
        ["check", "procgen-maze", "--device", "cuda"],
        "procgen-maze is no native world",
    ),
    "parameter without a value": (["check", "corner", "--set", "size"], "NAME=VALUE"),
    "parameter of no world": (["check", "corner", "--set", "sice=9"], "did you mean size"),
    "size out of range": (["check", "corner", "--set", "size=3"], "choose 7 to 49"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_one_line(case: str, capsys: Output) -> None:
    arguments, words = BAD[case]
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1 and words in err
