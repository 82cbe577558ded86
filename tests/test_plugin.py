"""A stranger's world: one file in a package of its own, installed; nothing of gmbench edited."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLUGIN = Path(__file__).parent / "plugin_package"

SUITE = """\
name: mine
version: 0
summary: A stranger's world.
protocol: transfer
deterministic: false
entries:
  - pair: tunnel
    conditions: [train, test, no-goal]
    levels: 40
    references: [random]
"""

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def gmbench(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The command, run where the stranger's package is installed."""
    folder = tmp_path_factory.mktemp("stranger")
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(site), str(PLUGIN)], check=True, cwd=folder
    )

    def run(*arguments: str) -> Any:
        environment = {**os.environ, "PYTHONPATH": str(site), "GMBENCH_CACHE": str(folder)}
        command = [sys.executable, "-m", "gmbench", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if "--json" in arguments else folder

    return run


def test_it_is_listed(gmbench: Run) -> None:
    listed = gmbench("list", "worlds", "--json")
    assert "tunnel" in json.dumps(listed)


def test_its_promises_are_checked(gmbench: Run) -> None:
    report = gmbench("check", "tunnel", "--levels", "400", "--json")
    assert report["passed"] is True
    assert len(report["checks"]) > 5


def test_agents_are_evaluated_on_it(gmbench: Run) -> None:
    folder = gmbench("list", "suites")
    (folder / "mine.yaml").write_text(SUITE)
    for agent, effect in (("goal", 1.0), ("proxy", 0.0)):
        gmbench("eval", f"scripted:{agent}", "--suite", "mine.yaml", "-o", "record.json")
        (result,) = json.loads((folder / "record.json").read_text())["results"]
        assert result["pair"] == "tunnel"
        assert result["metrics"]["goal_effect"]["value"] == effect


def test_its_speed_is_measured(gmbench: Run) -> None:
    report = gmbench("throughput", "--pair", "tunnel", "--batch", "64", "--json")
    assert "tunnel" in json.dumps(report)
