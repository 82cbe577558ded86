"""Zips of agents with our networks: who loads them, and what is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import DQN, PPO

import gmbench
from gmbench.errors import AgentError
from gmbench.training import extractors
from gmbench.training.extractors import FlatGrid, GridCnn, ImpalaCnn, PlaceCnn

MOUSE, CHEESE = 1, 2  # planes
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "stock": ("grid", {"net_arch": [16]}),
    "flat": ("grid", {"features_extractor_class": FlatGrid}),
    "flat-blind": (
        "grid",
        {"features_extractor_class": FlatGrid, "features_extractor_kwargs": {"blind_to": (2,)}},
    ),
    "grid": ("grid", {"features_extractor_class": GridCnn, "net_arch": []}),
    "grid-blind": (
        "grid",
        {
            "features_extractor_class": GridCnn,
            "features_extractor_kwargs": {
                "features_dim": 32,
                "channels": 4,
                "blocks": 2,
                "blind_to": (CHEESE,),
            },
        },
    ),
    "place": ("grid", {"features_extractor_class": PlaceCnn, "net_arch": [16]}),
    "place-blind": (
        "grid",
        {
            "features_extractor_class": PlaceCnn,
            "features_extractor_kwargs": {
                "agent": MOUSE,
                "channels": 8,
                "blocks": 1,
                "blind_to": (CHEESE,),
            },
        },
    ),
    "impala": (
        "rgb",
        {
            "features_extractor_class": ImpalaCnn,
            "features_extractor_kwargs": {"features_dim": 16, "channels": (4, 8)},
        },
    ),
}
OURS = [name for name in NETWORKS if name != "stock"]


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The zip of an agent of a network, what it was shown, and what it did then."""
    made: dict[str, tuple[Path, Path]] = {}

    def agent(name: str) -> tuple[Path, Path]:
        if name not in made:
            obs, kwargs = NETWORKS[name]
            venv = gmbench.make_sb3("corner", num_envs=8, obs=obs, parameters={"size": 7})
            policy = "CnnPolicy" if obs == "rgb" else "MlpPolicy"
            model = PPO(policy, venv, policy_kwargs=kwargs, seed=1, device="cpu", n_steps=8)
            folder = tmp_path_factory.mktemp(name)
            shown = np.random.default_rng(0).integers(
                0, 2, (32, *venv.observation_space.shape), np.uint8
            ) * np.uint8(255 if obs == "rgb" else 1)
            with torch.no_grad():  # what it does shall depend on what it is shown
                dist = model.policy.get_distribution(model.policy.obs_to_tensor(shown)[0])
                model.policy.action_net.bias -= dist.distribution.logits.mean(0)
            done, _ = model.predict(shown, deterministic=True)
            assert len(set(done.tolist())) > 1, "it shows nothing if all get one action"
            model.save(folder / "agent.zip")
            np.savez(folder / "shown.npz", shown=shown, done=done)
            made[name] = folder / "agent.zip", folder / "shown.npz"
        return made[name]

    yield agent


@pytest.mark.parametrize("name", NETWORKS)
def test_zips_are_loaded_without_unpickling(name: str, agents: Any, tmp_path: Path) -> None:
    zipped, shown = agents(name)
    path = tmp_path / "agent.zip"
    with zipfile.ZipFile(zipped) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "data":
                fields = json.loads(content)
                for field in fields.values():
                    if isinstance(field, dict) and ":serialized:" in field:
                        field[":serialized:"] = "nothing that could be unpickled"
                content = json.dumps(fields).encode()
            new.writestr(member, content)
    player = gmbench.load_agent(path).player(32, deterministic=True)
    kept = np.load(shown)
    assert player.act(kept["shown"]).tolist() == kept["done"].tolist()


def test_other_algorithms_zips_are_loaded_too(tmp_path: Path) -> None:
    venv = gmbench.make_sb3("corner", num_envs=2, obs="grid", parameters={"size": 7})
    kwargs = {"features_extractor_class": GridCnn, "net_arch": [8]}
    DQN("MlpPolicy", venv, policy_kwargs=kwargs, buffer_size=10).save(tmp_path / "dqn.zip")
    agent = gmbench.load_agent(tmp_path / "dqn.zip")
    assert agent.spec.algorithm == "DQN"
    assert agent.player(2, deterministic=True).act(venv.reset()).shape == (2,)


LOADED_BY_SB3 = """
import sys, numpy as np
{before}
from stable_baselines3 import PPO
kept = np.load({shown!r})
model = PPO.load({zipped!r}, device="cpu")
assert model.predict(kept["shown"], deterministic=True)[0].tolist() == kept["done"].tolist()
print(sorted(name for name in sys.modules if name.startswith("gmbench") and sys.modules[name]))
"""
WITHOUT = 'sys.modules["gmbench"] = None  # an import of it, or of anything in it, fails'


def loaded_by_sb3(zipped: Path, shown: Path, folder: Path, before: str = "") -> Any:
    """Where ``folder`` is the first in which Python looks for modules."""
    code = LOADED_BY_SB3.format(before=before, shown=str(shown), zipped=str(zipped))
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
        check=False,
    )


def test_sb3_loads_a_zip_with_a_stock_extractor_where_gmbench_is_not(
    agents: Any, tmp_path: Path
) -> None:
    done = loaded_by_sb3(*agents("stock"), tmp_path, WITHOUT)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_sb3_does_not_load_ours_where_gmbench_is_not(agents: Any, tmp_path: Path) -> None:
    assert loaded_by_sb3(*agents("grid"), tmp_path, WITHOUT).returncode != 0


@pytest.mark.parametrize("name", OURS)
def test_sb3_loads_ours_where_that_one_module_imports(
    name: str, agents: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "gmbench" / "training"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder.parent / "__init__.py").touch()
    shutil.copy(extractors.__file__, folder)
    done = loaded_by_sb3(*agents(name), tmp_path)
    modules = ["gmbench", "gmbench.training", "gmbench.training.extractors"]
    assert (done.returncode, done.stdout) == (0, f"{modules}\n"), done.stderr


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("grid", {"layers": 3}, "gives GridCnn an argument that is not known: 'layers'"),
        ("grid", {"blocks": 99}, "has blocks '99', not a whole number from 1 to 32"),
        ("grid", {"channels": "16"}, "has channels '16', not a whole number"),
        ("grid", {"channels": 60_000, "blocks": 9}, "a network of at least .* cannot hold them"),
        ("grid", {"blind_to": [9]}, "cannot be built .*blind_to=.9.: the planes are 0 to 2"),
        ("flat", {"blind_to": 2}, "has blind_to '2', not a list"),
        ("flat", {"blind_to": [True]}, "has blind_to .*, not planes from 0"),
        ("flat", {"features_dim": 3}, "gives FlatGrid an argument that is not known"),
        ("place", {"features_dim": 3}, "gives PlaceCnn an argument that is not known"),
        ("place", {"agent": [1]}, "has agent .*, not planes from 0"),
        ("place", {"agent": 7}, "cannot be built .*agent=7: the planes are 0 to 2"),
        ("place", {"channels": 60_000, "blocks": 9}, "a network of at least .* cannot hold them"),
        ("impala", {"channels": [16, 0]}, "has channels .*, not a whole number"),
        ("impala", {"channels": []}, "has channels '..', not a list of 1 to 32 widths"),
        ("impala", {"channels": [60_000]}, "a network of at least .* cannot hold them"),
    ],
    ids=str,
)
def test_zips_that_ask_for_another_network_are_refused(
    name: str, arguments: dict[str, Any], message: str, agents: Any, tmp_path: Path
) -> None:
    path = tmp_path / "agent.zip"
    with zipfile.ZipFile(agents(name)[0]) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "data":
                fields = json.loads(content)
                fields["policy_kwargs"]["features_extractor_kwargs"] = arguments
                content = json.dumps(fields).encode()
            new.writestr(member, content)
    with pytest.raises(AgentError, match=message) as caught:
        gmbench.load_agent(path)
    assert "\n" not in str(caught.value)
