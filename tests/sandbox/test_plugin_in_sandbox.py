"""A suite as tests, its agent in the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from gmbench.engine.cache import cache_folder
from gmbench.records import Record

pytest_plugins = ("pytester",)

SUITE = """\
name: mine
version: 0
summary: A small maze.
protocol: transfer
deterministic: true
batch_size: 8
entries:
  - pair: corner
    parameters: {size: 9}
    conditions: [train, test]
    levels: 2
  - pair: dish
    parameters: {size: 9}
    conditions: [train, test]
    levels: 2
"""
AGENTS = """\
import numpy as np


class Right:
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        return np.full(len(observation), 3), state


class Thief(Right):
    def predict(self, *arguments, **named):
        open({stolen!r}, "w").write("taken")
        return super().predict(*arguments, **named)
"""
KERNELS = cache_folder().parent


@pytest.mark.usefixtures("sandbox_is_there")
def test_a_hostile_agent_is_an_error_in_one_line_and_the_others_play(
    pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GMBENCH_CACHE", str(KERNELS))
    stolen = tmp_path / "stolen.txt"
    (pytester.path / "mine.gmbench.yaml").write_text(SUITE)
    (pytester.path / "players.py").write_text(AGENTS.format(stolen=str(stolen)))
    result = pytester.runpytest_subprocess(
        *("-p", "no:benchmark", "-p", "no:xdist", "-p", "no:cacheprovider", "--gmbench-sandbox"),
        *("mine.gmbench.yaml", "--gmbench-record=out.json"),
        *("--gmbench-pair=corner=players:Right", "--gmbench-pair=dish=players:Thief"),
    )
    result.assert_outcomes(passed=3, errors=3)
    assert not stolen.exists()
    result.stdout.fnmatch_lines(["agent players:Thief was stopped: *"])
    assert "Traceback" not in result.stdout.str()
    record = Record.load(pytester.path / "out.json")
    assert [one.status for one in record.results] == ["ok", "stopped"]
    assert record.run.sandbox is not None
