"""Sweeps as they run: whole cells, nothing twice, failures that stop no other."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_sweeps import SWEEP, folders, written

from gmbench import registry
from gmbench.cli import run
from gmbench.episodes import Episodes
from gmbench.records import Record
from gmbench.studies import News, Sweep, Swept, load_sweep, run_sweep
from gmbench.studies.folder import SweepFolder
from gmbench.studies.working import pack
from gmbench.training.curve import read_curve

Output = pytest.CaptureFixture[str]


def log(swept: Swept) -> list[str]:
    """The events of a sweep's log, without times."""
    lines = (swept.path.parent / "sweep.log").read_text().splitlines()
    return [line.split()[1] for line in lines]


def fingerprint(out: Path) -> dict[str, tuple[int, int]]:
    """What would change if a finished cell were made again."""
    return {
        folder.name: (folder.stat().st_ino, (folder / "timing.json").stat().st_mtime_ns)
        for folder in folders(out)
    }


def test_every_cell_s_folder_is_whole(tiny: Sweep, swept: Swept) -> None:
    cells = sorted(tiny.cells(), key=lambda cell: cell.name)
    assert [folder.name for folder in folders(swept.path.parent)] == sorted(c.name for c in cells)
    for cell, folder in zip(
        sorted(cells, key=lambda c: c.name), folders(swept.path.parent), strict=True
    ):
        names = {path.name for path in folder.iterdir()}
        assert names == {
            "agent.zip",
            "cell.json",
            "curve.csv",
            "episodes.csv.gz",
            "record.json",
            "timing.json",
        }
        said = json.loads((folder / "cell.json").read_text())
        assert said["digest"] == cell.digest
        canonical = json.dumps(said["definition"], sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(canonical.encode()).hexdigest() == cell.digest
        record = Record.load(folder / "record.json")
        assert (
            record.agent.digest == hashlib.sha256((folder / "agent.zip").read_bytes()).hexdigest()
        )
        assert record.episodes_digest == Episodes.read(folder / "episodes.csv.gz").digest
        assert said["steps"] == read_curve(folder / "curve.csv")[-1].steps
        assert json.loads((folder / "timing.json").read_text())["threads"] == "1"


def test_results_are_of_the_cells_and_tell_no_times(tiny: Sweep, swept: Swept) -> None:
    text = swept.path.read_text()
    found = json.loads(text)
    assert found == json.loads(json.dumps(swept.results))
    assert [cell["digest"] for cell in found["cells"]] == [cell.digest for cell in tiny.cells()]
    assert found["missing"] == []
    assert found["study"]["name"] == "dose"
    assert len(found["study"]["result"]["recipes"][0]["points"]) == 2
    for cell in found["cells"]:
        record = Record.load(swept.path.parent / "cells" / cell["name"] / "record.json")
        assert cell["metrics"] == json.loads(record.results[0].model_dump_json())["metrics"]
    # Equal agents would hide whatever is mixed up.
    assert len({cell["episodes_digest"] for cell in found["cells"]}) == 4
    assert "seconds" not in text and "started" not in text


def test_what_is_finished_is_not_run_again(tiny: Sweep, swept: Swept) -> None:
    out = swept.path.parent
    before, text, events = fingerprint(out), swept.path.read_bytes(), log(swept)
    told: list[News] = []
    again = run_sweep(tiny, out, jobs=2, news=told.append)
    assert (again.ran, again.failures) == (0, ())
    assert fingerprint(out) == before and log(again) == events
    assert swept.path.read_bytes() == text
    assert [(news.done, news.total) for news in told] == [(4, 4)]


def test_one_worker_gives_the_bytes_that_two_give(
    tiny: Sweep, swept: Swept, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(swept.path.parent, out)
    for folder in folders(out)[1:]:
        shutil.rmtree(folder)
    again = run_sweep(tiny, out, jobs=1)
    assert again.ran == 3
    assert (out / swept.path.name).read_bytes() == swept.path.read_bytes()
    for folder in folders(out):
        there = swept.path.parent / "cells" / folder.name
        for name in ("agent.zip", "cell.json", "episodes.csv.gz"):
            assert (folder / name).read_bytes() == (there / name).read_bytes()


def test_sweeps_that_share_a_folder_share_its_cells(
    tiny: Sweep, swept: Swept, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(swept.path.parent, out)
    renamed = replace(tiny, name="other", recipes=(("rat", tiny.recipes[0][1]),))
    other = run_sweep(renamed, out)
    assert other.ran == 0 and other.path == out / "other.json"
    assert (out / swept.path.name).read_bytes() == swept.path.read_bytes()
    for cell in other.results["cells"]:
        assert cell["recipe"] == "rat" and (out / "cells" / cell["name"]).is_dir()


def test_more_seeds_run_only_what_is_new(tiny: Sweep, swept: Swept, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(swept.path.parent, out)
    before = fingerprint(out)
    file = written(tmp_path / "more", SWEEP.replace("seeds: 2", "seeds: [0, 1, 9]"))
    more = run_sweep(load_sweep(file), out, jobs=2)
    assert more.ran == 2 and len(more.results["cells"]) == 6
    assert before.items() <= fingerprint(out).items()
    # And fewer only leave out.
    fewer = run_sweep(tiny, out)
    assert fewer.ran == 0 and fewer.path.read_bytes() == swept.path.read_bytes()


def unruly(swept: Swept, tmp_path: Path, **seeds: list[int]) -> Sweep:
    """A sweep of four seeds whose cells are copies, where nothing else is said of their seeds."""
    model = tmp_path / "model"
    shutil.copytree(folders(swept.path.parent)[0], model)
    options = {"fails": [-1], "kills": [-1], "once": [-1], "stops": [-1], **seeds}
    listed = ", ".join(f"{name}: {values}" for name, values in options.items())
    text = (
        "name: unruly\nstudy: unruly\nrecipes: [mouse.yaml]\nseeds: 4\nevaluate: {levels: 20}\n"
        f"options: {{model: {model}, {listed}}}\n"
    )
    return load_sweep(written(tmp_path / "files", text))


@pytest.mark.usefixtures("with_unruly")
def test_a_failed_cell_is_told_and_stops_no_other(swept: Swept, tmp_path: Path) -> None:
    told: list[News] = []
    plan = unruly(swept, tmp_path, fails=[1])
    done = run_sweep(plan, tmp_path / "out", jobs=2, news=told.append)
    (failure,) = done.failures
    assert failure.cell.recipe.seed == 1
    assert [cell["seed"] for cell in done.results["cells"]] == [0, 2, 3]
    assert done.results["missing"] == [failure.cell.name]
    assert done.results["study"]["result"] == {"seeds": [0, 2, 3]}
    assert any(news.line.endswith("failed: ValueError: a cell that fails") for news in told)
    reason = (tmp_path / "out" / "failed" / f"{failure.cell.name}.txt").read_text()
    assert "Traceback" in reason and "a cell that fails" in reason
    # Nothing half written is left.
    assert len(folders(tmp_path / "out")) == 3
    assert log(done).count("failed") == 1


@pytest.mark.usefixtures("with_unruly")
def test_a_worker_that_dies_is_told_and_its_cell_tried_again(swept: Swept, tmp_path: Path) -> None:
    told: list[News] = []
    plan = unruly(swept, tmp_path, once=[2], kills=[0])
    done = run_sweep(plan, tmp_path / "out", jobs=2, news=told.append)
    assert [cell["seed"] for cell in done.results["cells"]] == [1, 2, 3]
    (failure,) = done.failures
    assert failure.cell.recipe.seed == 0
    assert failure.failure == "its worker died 3 times (killed, or out of memory)"
    assert log(done).count("died") == 4
    lines = [news.line for news in told if "its worker died; trying again" in news.line]
    assert len(lines) == 3
    # What the dead left behind is cleared away.
    assert len(folders(tmp_path / "out")) == 3


@pytest.mark.usefixtures("with_unruly")
def test_a_worker_that_is_told_to_end_has_not_failed(swept: Swept, tmp_path: Path) -> None:
    done = run_sweep(unruly(swept, tmp_path, stops=[1]), tmp_path / "out", jobs=1)
    assert not done.failures and len(done.results["cells"]) == 4
    assert log(done).count("died") == 1


@pytest.mark.usefixtures("with_unruly")
def test_a_task_that_is_told_to_end_ends_its_process_and_leaves_nothing(
    swept: Swept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that Ray sees a worker die, and tries the cell again."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    cell = unruly(swept, tmp_path, stops=[0]).cells()[0]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as first, pytest.raises(BrokenProcessPool):
        first.submit(pack, cell).result()
    with ProcessPoolExecutor(1, mp_context=spawn) as second:
        files = second.submit(pack, cell).result()
    assert isinstance(files, dict) and {"agent.zip", "cell.json"} < set(files)
    assert not list((tmp_path / "tmp").glob("gmbench-cell-*"))


def test_a_cell_that_another_process_finished_meanwhile_stays(
    tiny: Sweep, swept: Swept, tmp_path: Path
) -> None:
    place, cell = SweepFolder(tmp_path), tiny.cells()[0]
    with place.making(cell) as draft:
        (draft / "mine").touch()
        shutil.copytree(SweepFolder(swept.path.parent).place(cell), place.place(cell))
    assert [folder.name for folder in folders(tmp_path)] == [cell.name]
    assert not (place.place(cell) / "mine").exists()
    # What bears its name and is no cell is not taken for one.
    (place.place(cell) / "cell.json").unlink()
    with pytest.raises(OSError, match="not empty"), place.making(cell):
        pass


def test_a_failure_is_forgotten_when_its_cell_is_there(
    tiny: Sweep, swept: Swept, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(swept.path.parent, out)
    SweepFolder(out).note_failure(tiny.cells()[0], "ValueError: of a driver killed since")
    assert list((out / "failed").iterdir())
    run_sweep(tiny, out)
    assert not list((out / "failed").iterdir())


def test_a_cell_is_another_under_another_version_of_its_protocol(
    tiny: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [cell.digest for cell in tiny.cells()]
    versions = registry.PROTOCOLS.versions()
    monkeypatch.setattr(type(registry.PROTOCOLS), "versions", lambda _: {**versions, "transfer": 9})
    after = [cell.digest for cell in tiny.cells()]
    assert len({*before, *after}) == 8


def test_what_an_earlier_driver_left_is_cleared_away(
    tiny: Sweep, swept: Swept, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(swept.path.parent, out)
    left = out / "cells" / ".mouse-alpha-0-seed-0-123.abc"
    left.mkdir()
    (left / "agent.zip").touch()
    assert run_sweep(tiny, out).ran == 0
    assert not left.exists()


def test_the_command_tells_what_it_did(swept: Swept, tmp_path: Path, capsys: Output) -> None:
    out, file = tmp_path / "out", written(tmp_path / "files")
    shutil.copytree(swept.path.parent, out)
    shutil.rmtree(folders(out)[0])
    assert run(["sweep", str(file), "-o", str(out), "--jobs", "1"]) == 0
    told, err = capsys.readouterr()
    assert "mouse: pursuit over alpha" in told
    assert "tiny: 4 of 4 cells are finished, 1 of them now" in told
    assert "[4/4] mouse, alpha 0, seed 0: train_success 0." in err
    assert err.endswith(f"wrote {out / 'tiny.json'}\n")


@pytest.mark.usefixtures("with_unruly")
def test_the_command_fails_where_a_cell_failed(
    swept: Swept, tmp_path: Path, capsys: Output
) -> None:
    unruly(swept, tmp_path, fails=[3])
    file = tmp_path / "files" / "sweep.yaml"
    assert run(["sweep", str(file), "-o", str(tmp_path / "out"), "--jobs", "2"]) == 1
    told, err = capsys.readouterr()
    assert "unruly: 3 of 4 cells are finished, 3 of them now" in told
    assert "failed: mouse, alpha 0, seed 3; see " in err


def test_studies_are_listed(capsys: Output) -> None:
    assert run(["list", "studies", "--json"]) == 0
    rows: list[Any] = json.loads(capsys.readouterr().out)
    assert {"dose", "selection"} <= {row["study"] for row in rows}
    assert all(row["what"] and not row["what"].startswith(row["study"]) for row in rows)
