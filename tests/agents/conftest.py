"""Fixtures: zips as Stable-Baselines3 writes them, and zips made wrong on purpose."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
import torch
from noise_world import ALGORITHMS, SHORT, SMALL, Edit, Noise, OneLine, Save, stir

from gmbench.errors import AgentError


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Save:
    """A zip by algorithm, policy and arguments; each is made once."""
    made: dict[str, Path] = {}

    def save(
        algorithm: str = "PPO",
        policy: str = "CnnPolicy",
        *,
        env: gym.Env[Any, Any] | None = None,
        learn: int = 0,
        **kwargs: Any,
    ) -> Path:
        space = env and (env.observation_space, env.action_space)
        key = repr((algorithm, policy, space, learn, kwargs))
        if key not in made:
            kwargs = {**SHORT[algorithm], **kwargs}
            model = ALGORITHMS[algorithm](policy, env or Noise(), device="cpu", **kwargs)
            if learn:
                model.learn(learn)
            stir(model)
            made[key] = tmp_path_factory.mktemp("zip") / f"{algorithm.lower()}.zip"
            model.save(made[key])
        return made[key]

    return save


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of a zip with other members, or with other fields in its JSON."""

    def edit(
        source: Path,
        fields: Mapping[str, Any] | None = None,
        members: Mapping[str, bytes] | None = None,
        drop: tuple[str, ...] = (),
    ) -> Path:
        with zipfile.ZipFile(source) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        if fields is not None:
            data = json.loads(content["data"])
            for key, value in fields.items():
                if isinstance(value, dict) and isinstance(data.get(key), dict):
                    data[key] = {**data[key], **value}
                else:
                    data[key] = value
            content["data"] = json.dumps(data).encode()
        content.update(members or {})
        target = tmp_path / "agent.zip"
        with zipfile.ZipFile(target, "w") as archive:
            for name, data in content.items():
                if name not in drop:
                    archive.writestr(name, data)
        return target

    return edit


@pytest.fixture
def weights_with() -> Callable[[Path, Callable[[dict[str, Any]], object]], bytes]:
    """The ``policy.pth`` of a zip after a change to its dictionary."""

    def change(source: Path, edit: Callable[[dict[str, Any]], object]) -> bytes:
        with zipfile.ZipFile(source) as archive:
            state = torch.load(io.BytesIO(archive.read("policy.pth")), weights_only=True)
        edit(state)
        buffer = io.BytesIO()
        torch.save(state, buffer)
        return buffer.getvalue()

    return change


@pytest.fixture
def one_line() -> OneLine:
    """Expects an AgentError of one line that matches."""

    @contextmanager
    def expect(match: str) -> Iterator[None]:
        with pytest.raises(AgentError, match=match) as caught:
            yield
        message = str(caught.value)
        assert "\n" not in message and len(message) < 600
        assert ";" in message or ":" in message  # what is wrong, and what to do

    return expect


@pytest.fixture
def good(saved: Save) -> Path:
    """A sound zip of a small network, to be made wrong."""
    return saved(policy_kwargs=SMALL)
