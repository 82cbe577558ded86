"""The ids: there for every world once gmbench is imported, at the cost of importing no world."""

from __future__ import annotations

import subprocess
import sys

import gymnasium
import pytest

import gmbench  # noqa: F401
from gmbench.envs import register
from gmbench.envs.register import environment_id, register_envs
from gmbench.errors import UsageError
from gmbench.registry import WORLDS, Item


def test_every_world_has_its_id() -> None:
    ids = {environment_id(item): name for name, item in WORLDS.items.items()}
    assert len(ids) == len(WORLDS.names())
    for name, world in ids.items():
        assert gymnasium.spec(name).kwargs == {"pair": world}


@pytest.mark.parametrize(
    ("name", "promised"),
    [
        ("procgen-coinrun", "gmbench/Procgen-CoinRun-v0"),
        ("procgen-coinrun-left", "gmbench/Procgen-CoinRun-Left-v0"),
        ("procgen-maze", "gmbench/Procgen-Maze-v0"),
        ("procgen-caveflyer", "gmbench/Procgen-CaveFlyer-v0"),
    ],
)
def test_ids_are_the_promised_ones(name: str, promised: str) -> None:
    assert environment_id(WORLDS.item(name)) == promised


def test_the_version_is_the_worlds() -> None:
    assert environment_id(Item("tunnel", "gmbench.worlds.tunnel", 3)) == "gmbench/Tunnel-v3"
    assert environment_id(Item("tunnel", "elsewhere.tunnel", None, "elsewhere")) == "gmbench/Tunnel"


def test_registering_imports_no_world() -> None:
    code = """
import sys, gymnasium, gmbench
print("gmbench/Procgen-Maze-v0" in gymnasium.registry)
print([name for name in sys.modules if name.startswith("gmbench.procgen")])
"""
    command = [sys.executable, "-W", "error", "-c", code]
    said = subprocess.run(command, capture_output=True, text=True)
    assert (said.returncode, said.stdout, said.stderr) == (0, "True\n[]\n", "")


@pytest.mark.procgen
def test_gymnasium_can_import_the_package_by_the_id() -> None:
    code = """
import sys, gymnasium
env = gymnasium.make("gmbench:gmbench/Procgen-Maze-v0")
env.reset(seed=0)
print({"torch", "stable_baselines3", "scipy"} & set(sys.modules))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (said.returncode, said.stdout, said.stderr) == (0, "set()\n", "")


def test_registering_again_changes_nothing() -> None:
    before = dict(gymnasium.registry)
    register_envs()
    assert gymnasium.registry == before


@pytest.mark.bad_input
def test_a_package_announced_wrongly_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        @property
        def items(self) -> dict[str, Item]:
            raise UsageError("world name 'Tunnel' must be lower case")

    monkeypatch.setattr(register, "WORLDS", Broken())
    with pytest.warns(UserWarning, match=r"no gmbench/\.\.\. environment is registered: .*Tunnel"):
        register_envs()
