"""What a user may name, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from noise_world import OneLine, Save, frames

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.load import load_agent
from gmbench.errors import UnknownNameError

bad_input = pytest.mark.bad_input


@pytest.mark.parametrize("module", ["base", "load", "objects", "sb3_plan"])
def test_importing_loads_neither_torch_nor_sb3(module: str) -> None:
    code = (
        f"import sys, gmbench.agents.{module};"
        "print(sorted({m.split('.')[0] for m in sys.modules}"
        " & {'torch', 'stable_baselines3', 'sb3_contrib', 'procgen', 'numba'}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert shown.stdout.strip() == "[]", shown.stderr


def test_a_folder_with_one_zip(saved: Save) -> None:
    path = saved()
    assert load_agent(path.parent).spec.digest == load_agent(str(path)).spec.digest


def test_scripted_agents() -> None:
    agent = load_agent("scripted:random")
    assert (agent.spec.name, agent.spec.kind) == ("scripted:random", "scripted")


def test_an_agent_is_returned_as_it_is() -> None:
    agent = load_agent("scripted:random")
    assert load_agent(agent) is agent


def test_a_third_partys_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    made = load_agent("scripted:random")
    asked: list[tuple[str, bool]] = []

    def load(address: str, *, trust: bool) -> Agent:
        asked.append((address, trust))
        return made

    adapter = ModuleType("gmbench_flux")
    vars(adapter).update(NAME="flux", VERSION=1, load=load)
    monkeypatch.setitem(sys.modules, "gmbench_flux", adapter)
    items = {**registry.AGENTS.items, "flux": registry.Item("flux", "gmbench_flux", None, "flux")}
    monkeypatch.setitem(vars(registry.AGENTS), "items", items)
    assert load_agent("flux:org/agent", trust=True) is made
    assert asked == [("org/agent", True)]


def test_in_tree_adapters_are_registered() -> None:
    assert {"object", "sb3"} <= set(registry.AGENTS.names())


@bad_input
def test_an_empty_folder(tmp_path: Path, one_line: OneLine) -> None:
    with one_line("holds no zip; name the agent's file"):
        load_agent(tmp_path)


@bad_input
def test_a_folder_with_two_zips(tmp_path: Path, one_line: OneLine) -> None:
    for name in ("a.zip", "b.zip"):
        (tmp_path / name).touch()
    with one_line("holds 2 zips .a.zip, b.zip."):
        load_agent(tmp_path)


@bad_input
@pytest.mark.parametrize("source", ["", "x" * 5000, "a\0b", "agent"], ids=range(4))
def test_no_path(source: str, one_line: OneLine, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with one_line("cannot be read|no such file|holds no zip"):
        load_agent(source)


@bad_input
def test_an_unknown_script() -> None:
    with pytest.raises(UnknownNameError, match="scripted agent 'gaol'"):
        load_agent("scripted:gaol")


@bad_input
def test_a_batch_of_another_shape(saved: Save, one_line: OneLine) -> None:
    player = load_agent(saved()).player(2, deterministic=True)
    with one_line("takes observations of shape .3, 64, 64., but got .32, 32, 3."):
        player.act(frames(2)[:, :32, :32])


@bad_input
def test_a_batch_of_another_size(saved: Save, one_line: OneLine) -> None:
    player = load_agent(saved()).player(2, deterministic=True)
    with one_line(r"sent an array of shape \(3,\)"):
        player.act(frames(3))
