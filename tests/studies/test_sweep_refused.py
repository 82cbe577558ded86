"""Sweeps that cannot be run, and folders that are damaged: told in a line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_sweeps import folders, written

from gmbench.cli import run
from gmbench.errors import RecordError, UsageError
from gmbench.studies import News, Sweep, Swept, run_sweep
from gmbench.studies.folder import SweepFolder

Output = pytest.CaptureFixture[str]


@pytest.mark.bad_input
def test_two_sweeps_do_not_share_a_folder(tiny: Sweep, swept: Swept) -> None:
    place = SweepFolder(swept.path.parent)
    with place.locked(), pytest.raises(UsageError, match="another sweep is running in"):
        run_sweep(tiny, swept.path.parent)


@pytest.mark.bad_input
def test_a_folder_that_cannot_be_written_to_is_refused(tiny: Sweep, tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(UsageError, match=f"cannot write in the folder {tmp_path}: "):
        run_sweep(tiny, tmp_path)


@pytest.mark.bad_input
def test_a_damaged_cell_is_named(tiny: Sweep, swept: Swept, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(swept.path.parent, out)
    first = folders(out)[0]
    (first / "cell.json").write_text("{}")
    with pytest.raises(RecordError, match=rf"delete .*{first.name} and run the sweep again"):
        run_sweep(tiny, out)


@pytest.mark.bad_input
@pytest.mark.parametrize("left", ["{}", '{"digest": ', None])
def test_a_damaged_cell_of_another_sweep_is_told_and_left_alone(
    left: str | None, tiny: Sweep, swept: Swept, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(swept.path.parent, out)
    stranger = out / "cells" / "rat-alpha-0-seed-7-0123456789ab"
    shutil.copytree(folders(out)[0], stranger)
    (stranger / "cell.json").unlink()
    if left is not None:
        (stranger / "cell.json").write_text(left)
    kept = {path.name: path.read_bytes() for path in stranger.iterdir()}
    told: list[News] = []
    again = run_sweep(tiny, out, news=told.append)
    assert (again.ran, again.failures) == (0, ())
    assert again.path.read_bytes() == swept.path.read_bytes()
    lines = [news.line for news in told if news.line]
    assert lines == [f"{stranger}: damaged, and no cell of this sweep; left as it is"]
    assert {path.name: path.read_bytes() for path in stranger.iterdir()} == kept


@pytest.mark.bad_input
def test_a_damaged_cell_under_another_recipe_s_name_is_still_this_sweep_s(
    tiny: Sweep, swept: Swept, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(swept.path.parent, out)
    first = folders(out)[0]
    (first / "cell.json").write_text("{}")
    renamed = first.rename(first.with_name(first.name.replace("mouse", "rat")))
    with pytest.raises(RecordError, match=rf"delete .*{renamed.name} and run the sweep again"):
        run_sweep(tiny, out)


BAD: dict[str, tuple[list[str], str]] = {
    "no file": (["none.yaml", "-o", "out"], "none.yaml: there is no such file"),
    "no folder": (["sweep.yaml"], "Missing option"),
    "no jobs": (["sweep.yaml", "-o", "out", "--jobs", "0"], "--jobs"),
    "a mistake": (["wrong.yaml", "-o", "out"], "wrong.yaml:1: missing key name"),
    "a file for a folder": (["sweep.yaml", "-o", "mouse.yaml"], "cannot make the folder"),
    "no address": (["sweep.yaml", "-o", "out", "--ray", " "], "--ray"),
    "half an address": (["sweep.yaml", "-o", "out", "--ray", "here"], "HOST:PORT, or local"),
    "jobs of a cluster": (
        ["sweep.yaml", "-o", "out", "--ray", "127.0.0.1:1", "--jobs", "2"],
        "says how many it runs",
    ),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_leaves_nothing(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    written(tmp_path)
    (tmp_path / "wrong.yaml").write_text("recipes: [mouse.yaml]\n")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    arguments, words = BAD[case]
    assert run(["sweep", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("gmbench: ") and err.count("\n") == 1
    assert words in err
    assert sorted(tmp_path.iterdir()) == before
