"""What ships as a baseline is what its record says: agent, table and figures belong together."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

import gmbench
from gmbench import registry
from gmbench.agents.load import load_agent
from gmbench.episodes import Episodes
from gmbench.metrics import pair_figures
from gmbench.records import Metric, Record
from gmbench.studies import load_sweep, run_sweep
from gmbench.studies.cell import read_cell
from gmbench.suites import load_suite
from gmbench.training import load_recipe

ROOT = Path(__file__).parents[1] / "baselines"
ALONE = sorted(path.parent for path in ROOT.glob("*/record.json"))  # an agent of its own
CELLS = sorted(path.parent for path in ROOT.glob("*/cells/*/record.json"))  # one of a sweep
BASELINES = [*ALONE, *CELLS]
PROTOCOLS = sorted(ROOT.glob("*/degrade/*.json"))  # a folder named after the suite
RECIPES = sorted(path for path in ROOT.glob("*/*.yaml") if "\npair: " in path.read_text())
SWEEPS = {
    path: path.with_name(f"{load_sweep(path).name}.json")
    for path in sorted(ROOT.glob("*/*.yaml"))
    if path not in RECIPES
}
# Agents that a study alone asked for are not kept: what they did is.
PLAIN = {
    path.parent / "cells" / cell.name
    for path in SWEEPS
    for plan in [load_sweep(path)]
    if not plan.study
    for cell in plan.cells()
}
AGENTS = [*ALONE, *(folder for folder in CELLS if folder in PLAIN)]


@pytest.mark.parametrize("folder", BASELINES, ids=lambda path: path.name)
def test_a_baseline_s_record_is_of_its_agent_and_its_table(folder: Path) -> None:
    record, agent = Record.load(folder / "record.json"), folder / "agent.zip"
    assert agent.exists() == (folder in AGENTS)
    if agent.exists():
        assert record.agent.digest == hashlib.sha256(agent.read_bytes()).hexdigest()
    if folder in ALONE:
        assert record.suite.digest == load_suite(record.suite.name).digest
    table = Episodes.read(folder / "episodes.csv.gz")
    assert table.digest == record.episodes_digest
    for result in record.results:
        figures = pair_figures(table, gmbench.pair(result.pair))
        assert {k: Metric(**f.to_json()) for k, f in figures.items()} == result.metrics


@pytest.mark.parametrize("folder", AGENTS, ids=lambda path: path.name)
def test_a_baseline_loads_without_trust_and_carries_nothing_it_does_not_need(folder: Path) -> None:
    agent = load_agent(str(folder / "agent.zip"))
    assert agent.spec.details["trusted"] is False
    assert (folder / "agent.zip").stat().st_size < 4e6


@pytest.mark.parametrize("folder", BASELINES, ids=lambda path: path.name)
def test_a_baseline_shows_how_it_learned(folder: Path) -> None:
    assert (folder / "curve.csv").is_file()


@pytest.mark.parametrize(
    "sweep", [path for path in SWEEPS if SWEEPS[path].exists()], ids=lambda path: path.parent.name
)
def test_a_sweep_s_results_are_of_its_file_and_its_cells(sweep: Path, tmp_path: Path) -> None:
    plan = load_sweep(sweep)
    asked = {cell.name for cell in plan.cells()}
    assert asked <= {folder.name for folder in sweep.parent.glob("cells/*")}  # else it would train
    out = shutil.copytree(sweep.parent, tmp_path / "copy")
    done = run_sweep(plan, out)
    assert (done.ran, done.results["missing"]) == (0, [])
    assert done.path.read_bytes() == SWEEPS[sweep].read_bytes()


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_recipes_of_a_pair_differ_in_what_they_are_named_after(path: Path) -> None:
    algorithm, dash, alpha = path.stem.partition("-alpha-")
    algorithm, _, other = algorithm.partition("-") if not dash else (algorithm, "", "")
    recipe, base = load_recipe(path), load_recipe(path.with_name(f"{algorithm}-alpha-0.yaml"))
    changes: dict[str, Any] = {"alpha": float(alpha)} if dash else {"blind": True}
    if other == "steady":
        rate = recipe.settings["learning_rate"]
        assert isinstance(rate, float)
        settings = {**base.settings, "learning_rate": rate}
        changes = {"steps": recipe.steps, "settings": settings}
    assert recipe == base.with_(**changes)
    said = (path.parent.name, algorithm, 0, False)
    assert (base.pair, base.algorithm, base.alpha, base.blind) == said


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_a_protocol_found_is_of_a_shipped_agent_and_its_table(path: Path) -> None:
    record = Record.load(path)
    agents = [folder / "agent.zip" for folder in AGENTS]
    assert record.agent.digest in {hashlib.sha256(path.read_bytes()).hexdigest() for path in agents}
    assert (
        record.suite.digest
        == load_suite(record.suite.name).digest
        == load_suite(path.parent.name).digest
    )
    table = Episodes.read(path.with_suffix(".csv.gz"))
    assert table.digest == record.episodes_digest
    (result,) = record.results
    figures = registry.PROTOCOLS.load(load_suite(path.parent.name).protocol).figures(
        table, gmbench.pair(result.pair)
    )
    assert {k: Metric(**f.to_json()) for k, f in figures.items()} == result.metrics
    assert path.with_suffix(".svg").is_file()


def test_nothing_ships_that_no_sweep_asks_for() -> None:
    asked = {cell.digest for sweep in SWEEPS for cell in load_sweep(sweep).cells()}
    for folder in CELLS:
        assert read_cell(folder)["digest"] in asked, folder


def test_the_baselines_are_not_too_large() -> None:
    assert [folder.name for folder in ALONE] == ["procgen-coinrun"]
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()) < 30e6
