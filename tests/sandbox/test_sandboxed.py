"""Evaluations in the sandbox: the same episodes, and bad agents in one line beside good ones."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import numpy as np
import pytest

import gmbench
from gmbench import cli
from gmbench.agents.load import load_agent
from gmbench.errors import AgentError, AgentStopped, MissingPartError, UsageError
from gmbench.records import Record
from gmbench.sandbox import Limits, command, sandboxed
from gmbench.suites import Suite, SuiteEntry

NINE = {"size": 9, "layout": "blocks"}
SMALL = Suite(
    name="small",
    version=0,
    summary="Two worlds, a few levels.",
    entries=(
        SuiteEntry("corner", ("train", "test"), levels=12, parameters=NINE),
        SuiteEntry("dish", ("train", "test"), levels=4, parameters=NINE),
    ),
    batch_size=8,
)

MODULE = """
import numpy as np

class Right:
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        return np.full(len(observation), 3), state

class Late(Right):
    calls = 0
    def predict(self, *arguments, **named):
        self.calls += 1
        if self.calls == 3:
            raise RuntimeError("I will not")
        return super().predict(*arguments, **named)

def never():
    raise SystemExit("nor will I")
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sandboxed_agents.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def honest(root: Path) -> Path:
    return sorted((root / "baselines" / "corner" / "cells").glob("*/agent.zip"))[0]


@pytest.mark.usefixtures("sandbox_is_there")
def test_a_safe_agent_plays_the_same_episodes_inside(honest: Path, tmp_path: Path) -> None:
    inside = gmbench.evaluate({"corner": honest}, SMALL, sandbox=True)
    outside = gmbench.evaluate({"corner": honest}, SMALL)
    assert inside.episodes_digest == outside.episodes_digest
    assert (inside.results, inside.agent) == (outside.results, outside.agent)
    assert outside.run.sandbox is None and '"sandbox"' not in outside.to_json()
    told = inside.run.sandbox
    assert told is not None and told.unpickled == [] and told.memory in ("cgroup", "watch")
    assert told.limits["memory"] == Limits().memory
    inside.save(tmp_path / "record.json")
    assert Record.load(tmp_path / "record.json") == inside


@pytest.mark.usefixtures("sandbox_is_there")
@pytest.mark.parametrize(
    ("bad", "says"), [("Late", "failed in predict: RuntimeError: I will not"), ("never", "nor")]
)
def test_others_of_the_same_evaluation_are_unharmed(here: Path, bad: str, says: str) -> None:
    agents = {"corner": "sandboxed_agents:Right", "dish": f"sandboxed_agents:{bad}"}
    corner, dish = gmbench.evaluate(agents, SMALL, sandbox=True).results
    assert (corner.status, corner.episodes, dish.status) == ("ok", 24, "stopped")
    assert dish.reason is not None and says in dish.reason and not dish.metrics


@pytest.mark.usefixtures("sandbox_is_there")
def test_an_agent_that_was_stopped_ends_the_evaluation_where_it_was_the_only_one(
    here: Path,
) -> None:
    with pytest.raises(
        AgentStopped, match=r"^agent sandboxed_agents:Late was stopped: it said 'failed"
    ):
        gmbench.evaluate("sandboxed_agents:Late", SMALL, sandbox=True)


@pytest.mark.usefixtures("sandbox_is_there")
def test_the_command_ends_with_one_line_and_keeps_the_others(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "s.yaml").write_text(
        "name: s\nversion: 0\nsummary: Two.\nprotocol: transfer\ndeterministic: true\n"
        "batch_size: 8\nentries:\n"
        + "".join(
            f"  - pair: {pair}\n    conditions: [train, test]\n    levels: 2\n"
            for pair in ("corner", "dish")
        )
    )
    pairs = ["--pair", "corner=sandboxed_agents:Right", "--pair", "dish=sandboxed_agents:Late"]
    code = cli.run(["eval", *pairs, "--suite", "s.yaml", "--sandbox", "-o", "r.json"])
    assert code == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith(
        "gmbench: agent sandboxed_agents:Late was stopped: it said 'failed in predict"
    )
    assert [r.status for r in Record.load("r.json").results] == ["ok", "stopped"]


@pytest.mark.usefixtures("sandbox_is_there")
def test_it_can_be_started_again_but_not_once_it_was_stopped(here: Path) -> None:
    with sandboxed("sandboxed_agents:Late", limits=Limits(memory=512)) as agent:
        observations = np.zeros((2, 3, 9, 9), "uint8")
        for _ in range(2):
            player = agent.player(2, True)
            player.num_actions = 4
            assert player.act(observations).tolist() == [3, 3]
            agent.close()
            with pytest.raises(AgentError, match="was closed; make another player"):
                player.act(observations)
        player = agent.player(2, True)
        player.num_actions = 4
        with pytest.raises(AgentStopped, match="I will not"):
            for _ in range(3):
                player.act(observations)
        with pytest.raises(AgentStopped, match="I will not"):
            player.act(observations)
        with pytest.raises(AgentStopped, match="I will not"):
            agent.player(2, True)


@pytest.mark.usefixtures("sandbox_is_there")
@pytest.mark.parametrize("deterministic", [True, False])
def test_an_onnx_file_plays_inside_as_outside(deterministic: bool, root: Path) -> None:
    path = root / "tests" / "data" / "linear.onnx"
    observations = np.random.default_rng(0).integers(0, 2, (8, 3, 5, 5)).astype(np.uint8)
    outside, inside = load_agent(path), sandboxed(path)
    with inside:
        assert inside.spec == outside.spec
        acts = []
        for agent in (outside, inside):
            player = agent.player(8, deterministic)
            for slot in range(8):
                player.begin(slot, slot)
            acts.append([player.act(observations).tolist() for _ in range(3)])
    assert acts[0] == acts[1]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("source", "says"),
    [
        (object(), "in this process's memory"),
        ("scripted:goal", "needs no sandbox"),
        ("no-such.zip", "no such file"),
        ("no_such_module:agent", "no module 'no_such_module'"),
    ],
)
def test_what_cannot_be_carried_is_refused(
    source: object, says: str, here: Path, request: pytest.FixtureRequest
) -> None:
    if isinstance(source, str):
        request.getfixturevalue("sandbox_is_there")
    with pytest.raises(AgentError, match=says):
        sandboxed(source, limits=Limits(memory=512))  # type: ignore[arg-type]


def test_scripted_agents_are_gmbenchs_own_and_play_without() -> None:
    record = gmbench.evaluate("scripted:goal", SMALL, levels=2, sandbox=True)
    assert record.results[0].status == "ok" and record.run.sandbox is None


@pytest.mark.usefixtures("sandbox_is_there")
def test_more_is_not_allowed_than_who_runs_it_may_have(here: Path) -> None:
    with sandboxed("sandboxed_agents:Right", limits=Limits(files=10**9, memory=10**9)) as agent:
        assert agent.player(2, True).act(np.zeros((2, 3, 9, 9), "uint8")).tolist() == [3, 3]


@pytest.mark.usefixtures("sandbox_is_there")
def test_it_plays_where_many_files_are_open(here: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2048:
        pytest.fail("this machine allows too few open files to try it")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        with sandboxed("sandboxed_agents:Right") as agent:
            assert agent.player(2, True).act(np.zeros((2, 3, 9, 9), "uint8")).tolist() == [3, 3]
    finally:
        for one in held:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.bad_input
def test_without_bubblewrap_it_refuses_and_names_the_doctor(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(here))
    command.bubblewrap.cache_clear()
    try:
        with pytest.raises(MissingPartError, match="not installed; run gmbench sandbox doctor"):
            sandboxed("sandboxed_agents:Right")
        assert cli.run(["eval", "sandboxed_agents:Right", "--sandbox"]) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
        assert cli.run(["sandbox", "doctor"]) == 1
        assert "apt-get install bubblewrap" in capsys.readouterr().out
    finally:
        command.bubblewrap.cache_clear()


@pytest.mark.bad_input
def test_limits_without_a_sandbox_are_refused() -> None:
    with pytest.raises(UsageError, match="add --sandbox"):
        cli.evaluate._limits(False, ["memory=1"])
