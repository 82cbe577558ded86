"""What ships as a baseline is what its record says: agent, table and figures belong together."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import gmbench
from gmbench.agents.load import load_agent
from gmbench.episodes import Episodes
from gmbench.metrics import pair_figures
from gmbench.records import Metric, Record
from gmbench.suites import load_suite

BASELINES = sorted(
    path.parent for path in Path(__file__).parents[1].glob("baselines/*/record.json")
)


@pytest.mark.parametrize("folder", BASELINES, ids=lambda path: path.name)
def test_a_baseline_s_record_is_of_its_agent_and_its_table(folder: Path) -> None:
    record = Record.load(folder / "record.json")
    assert record.agent.digest == hashlib.sha256((folder / "agent.zip").read_bytes()).hexdigest()
    assert record.suite.digest == load_suite(record.suite.name).digest
    table = Episodes.read(folder / "episodes.csv.gz")
    assert table.digest == record.episodes_digest
    for result in record.results:
        figures = pair_figures(table, gmbench.pair(result.pair))
        assert {k: Metric(**f.to_json()) for k, f in figures.items()} == result.metrics


@pytest.mark.parametrize("folder", BASELINES, ids=lambda path: path.name)
def test_a_baseline_loads_without_trust_and_carries_nothing_it_does_not_need(folder: Path) -> None:
    agent = load_agent(str(folder / "agent.zip"))
    assert agent.spec.details["trusted"] is False
    assert (folder / "agent.zip").stat().st_size < 4e6
    assert (folder / "train.py").is_file() and (folder / "curve.csv").is_file()


def test_there_are_baselines() -> None:
    assert [folder.name for folder in BASELINES] == ["procgen-coinrun"]
