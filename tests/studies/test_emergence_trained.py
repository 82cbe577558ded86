"""The study of emergence on agents that were really trained, for a moment."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_sweeps import EMERGENCE, written

from gmbench.cli import run
from gmbench.episodes import Episodes
from gmbench.errors import RecordError
from gmbench.records import Record
from gmbench.studies import Swept, load_sweep, run_sweep
from gmbench.studies.cell import finished
from gmbench.studies.checkpointed import points
from gmbench.training.checkpoints import list_checkpoints
from gmbench.training.curve import read_curve
from gmbench.training.run import train


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    folder = tmp_path_factory.mktemp("emergence")
    return run_sweep(load_sweep(written(folder, EMERGENCE)), folder / "out", jobs=1)


def cell_folder(trained: Swept) -> Path:
    return min((trained.path.parent / "cells").iterdir())


def test_a_real_cell_keeps_every_checkpoint_with_what_it_did(trained: Swept) -> None:
    assert trained.failures == () and trained.ran == 2
    folder = cell_folder(trained)
    kept = list_checkpoints(folder / "checkpoints")
    assert kept[0].steps == 0 and len(kept) == 3
    levels = None
    for checkpoint in kept:
        record = Record.load(checkpoint.path.with_suffix(".record.json"))
        episodes = Episodes.read(checkpoint.path.with_suffix(".episodes.csv.gz"))
        assert record.episodes_digest == episodes.digest
        assert episodes.groups("corner") == ("",)  # no reference run is played again
        assert len(episodes) == 40
        now = sorted((row.level, row.condition) for row in episodes)
        assert levels is None or now == levels
        levels = now
    final = Episodes.read(folder / "episodes.csv.gz")
    assert sorted((row.level, row.condition) for row in final.of("corner")) == levels
    assert final.groups("corner") == ("", "random")


def test_checkpoints_change_nothing_about_the_training(trained: Swept, tmp_path: Path) -> None:
    cell = load_sweep(written(tmp_path, EMERGENCE)).cells()[0]
    alone = train(cell.recipe, tmp_path / "alone.zip")
    kept = read_curve(cell_folder(trained) / "curve.csv")
    assert [replace(row, seconds=0.0) for row in kept] == [
        replace(row, seconds=0.0) for row in read_curve(alone.curve)
    ]
    ours, plain = weights(cell_folder(trained) / "agent.zip"), weights(alone.agent)
    assert all(torch.equal(ours[name], plain[name]) for name in plain)


def weights(agent_zip: Path) -> Any:
    with zipfile.ZipFile(agent_zip) as archive:
        return torch.load(io.BytesIO(archive.read("policy.pth")), weights_only=True)


def test_the_untrained_network_is_that_training_begins_with(trained: Swept) -> None:
    untrained, first, *_, last = points_of(trained)
    assert untrained.steps == 0 < first.steps < last.steps
    assert untrained.answers.keys() == last.answers.keys()
    assert untrained.answers != last.answers


def points_of(trained: Swept) -> Any:
    folder = cell_folder(trained)
    cells = {cell.name: cell for cell in load_sweep(trained.path.parents[1] / "sweep.yaml").cells()}
    return points(finished(cells[folder.name], folder))


def test_agents_on_the_way_may_be_deleted_but_not_what_came_of_them(
    trained: Swept, tmp_path: Path
) -> None:
    told = points_of(trained)
    copy = tmp_path / "cell"
    shutil.copytree(cell_folder(trained), copy)
    first, *rest = (at.path for at in list_checkpoints(copy / "checkpoints"))
    for path in rest:
        path.unlink()
    cell = load_sweep(trained.path.parents[1] / "sweep.yaml").cells()[0]
    assert [point.steps for point in points(finished(cell, copy))] == [one.steps for one in told]
    first.with_suffix(".record.json").unlink()
    with pytest.raises(RecordError, match=r"checkpoint-0+\.record\.json"):
        points(finished(cell, copy))


def test_real_results_say_when_and_are_drawn(
    trained: Swept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(trained.path.read_text())
    (one,) = found["study"]["result"]["recipes"]
    assert found["study"]["name"] == "emergence"
    assert one["seeds"] == [0, 1] and sum(one["verdicts"].values()) == 2
    assert len(one["checkpoints"]) == 4 and one["checkpoints"][0]["steps"] == 0
    cells = {cell["seed"]: cell for cell in found["cells"]}
    for seed, agent_ in zip(one["seeds"], one["by_seed"], strict=True):
        assert agent_["points"][-1]["steps"] == cells[seed]["steps"]
        last = agent_["points"][-1]["proxy_first"]["value"]
        assert last == cells[seed]["metrics"]["proxy_first"]["value"]
    assert run(["plot", str(trained.path), "-o", str(tmp_path / "e.svg")]) == 0
    capsys.readouterr()
    assert (tmp_path / "e.svg").stat().st_size > 10_000


def test_it_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "studies", "--json"]) == 0
    listed = {row["study"]: row["what"] for row in json.loads(capsys.readouterr().out)}
    assert listed["emergence"].startswith("when does the agent commit, before or after")
    assert listed["salience"] == "does the louder cue win?"


def test_a_second_run_trains_nobody_and_writes_the_same_bytes(trained: Swept) -> None:
    before = trained.path.read_bytes()
    again = run_sweep(load_sweep(trained.path.parents[1] / "sweep.yaml"), trained.path.parent)
    assert again.ran == 0 and trained.path.read_bytes() == before
