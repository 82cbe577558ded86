"""`VecNormalize` statistics: exported once from the pickle, then read without unpickling."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from noise_world import IMAGE, Noise, OneLine, frames, stir
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize, VecTransposeImage

from gmbench.agents.base import fit
from gmbench.agents.load import load_agent
from gmbench.agents.normalization import beside, export_normalization, read_normalization
from gmbench.errors import UsageError

bad_input = pytest.mark.bad_input


class Frames(Noise):
    """Frames whose statistics are not those of the tested ones."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return frames(1, seed=self.steps)[0], {}


def trained(folder: Path, policy: str, clip_obs: float) -> tuple[Any, Any, Path]:
    """A model on normalised observations, its wrapper, and its zip with the pickle beside it."""
    venv: Any = DummyVecEnv([Frames])
    if policy == "CnnPolicy":
        venv = VecTransposeImage(venv)
    wrapper = VecNormalize(venv, clip_obs=clip_obs, norm_reward=False)
    kwargs: dict[str, Any] = {"normalize_images": False}
    model: Any = PPO(
        policy, wrapper, n_steps=8, batch_size=8, policy_kwargs=kwargs, device="cpu", seed=0
    )
    model.learn(16)
    stir(model)
    model.save(folder / "agent.zip")
    wrapper.save(str(folder / "vec_normalize.pkl"))
    return model, wrapper, folder / "agent.zip"


@pytest.mark.parametrize("policy", ["CnnPolicy", "MlpPolicy"])
def test_acts_as_behind_the_wrapper(
    policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, wrapper, path = trained(tmp_path, policy, clip_obs=1.5)
    written = export_normalization(tmp_path / "vec_normalize.pkl", beside(path), trust=True)
    assert written == tmp_path / "agent.normalization.npz"

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("something was unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, never)
    agent = load_agent(path)
    fit(agent.spec, IMAGE, spaces.Discrete(15))
    given = frames(64, seed=3)
    scaled = wrapper.normalize_obs(given.transpose(0, 3, 1, 2) if policy == "CnnPolicy" else given)
    expected, _ = model.predict(scaled, deterministic=True)
    actions = agent.player(64, deterministic=True).act(given)
    np.testing.assert_array_equal(actions, expected)
    assert len(set(actions.tolist())) > 1
    live = load_agent(model)
    np.testing.assert_array_equal(live.player(64, deterministic=True).act(given), expected)
    assert live.spec.details["normalization"] == "in memory"


def test_statistics_with_channels_last_serve_an_agent_with_channels_first(tmp_path: Path) -> None:
    model, wrapper, path = trained(tmp_path, "CnnPolicy", clip_obs=10.0)
    first = export_normalization(tmp_path / "vec_normalize.pkl", beside(path), trust=True)
    expected = load_agent(path).player(8, deterministic=True).act(frames(8))
    wrapper.obs_rms.mean = wrapper.obs_rms.mean.transpose(1, 2, 0)
    wrapper.obs_rms.var = wrapper.obs_rms.var.transpose(1, 2, 0)
    wrapper.save(str(tmp_path / "vec_normalize.pkl"))
    export_normalization(tmp_path / "vec_normalize.pkl", first, trust=True)
    actions = load_agent(path).player(8, deterministic=True).act(frames(8))
    np.testing.assert_array_equal(actions, expected)


def test_export_is_deterministic_and_named_after_the_pickle(tmp_path: Path) -> None:
    trained(tmp_path, "MlpPolicy", clip_obs=5.0)
    written = export_normalization(tmp_path / "vec_normalize.pkl", trust=True)
    assert written == tmp_path / "vec_normalize.normalization.npz"
    once = written.read_bytes()
    assert export_normalization(tmp_path / "vec_normalize.pkl", trust=True).read_bytes() == once
    assert read_normalization(written).clip_obs == 5.0
    with np.load(written) as arrays:  # NumPy reads it too
        assert arrays["mean"].shape == (64, 64, 3)
    assert {p.name for p in tmp_path.iterdir()} == {
        "agent.zip",
        "vec_normalize.pkl",
        "vec_normalize.normalization.npz",
    }


@bad_input
def test_an_agent_without_its_statistics_fits_no_world(tmp_path: Path, one_line: OneLine) -> None:
    _, _, path = trained(tmp_path, "CnnPolicy", clip_obs=10.0)
    with one_line("trained on values of type float32, .*gmbench export-normalization"):
        fit(load_agent(path).spec, IMAGE, spaces.Discrete(15))


@bad_input
def test_export_refuses_without_trust(tmp_path: Path, one_line: OneLine) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(1))
    with one_line("is a pickle: reading it runs code .*--trust"):
        export_normalization(tmp_path / "a.pkl", trust=False)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pkl"]


@bad_input
@pytest.mark.parametrize(
    ("content", "match"),
    [
        pytest.param(pickle.dumps({"mean": 0}), "holds a dict; name what", id="another-object"),
        pytest.param(b"rubbish", "cannot be unpickled", id="rubbish"),
    ],
)
def test_export_of_another_file(
    content: bytes, match: str, tmp_path: Path, one_line: OneLine
) -> None:
    (tmp_path / "a.pkl").write_bytes(content)
    with one_line(match):
        export_normalization(tmp_path / "a.pkl", trust=True)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pkl"]


@bad_input
def test_export_without_statistics(tmp_path: Path, one_line: OneLine) -> None:
    wrapper = VecNormalize(DummyVecEnv([Noise]), norm_obs=False)
    wrapper.save(str(tmp_path / "a.pkl"))
    with one_line("holds no statistics of plain observations"):
        export_normalization(tmp_path / "a.pkl", trust=True)


@bad_input
def test_export_into_a_missing_folder(tmp_path: Path) -> None:
    VecNormalize(DummyVecEnv([Noise])).save(str(tmp_path / "a.pkl"))
    with pytest.raises(UsageError, match="there is no folder"):
        export_normalization(tmp_path / "a.pkl", tmp_path / "no" / "a.npz", trust=True)


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def lying(said: str) -> bytes:
    """Two numbers whose header, of the same length, tells another shape."""
    old = b"'shape': (2,), }" + b" " * 20
    assert old in npy(np.zeros(2))
    return npy(np.zeros(2)).replace(old, f"'shape': {said}, }}".encode().ljust(len(old)))


SOUND = {
    "mean": npy(np.zeros((64, 64, 3))),
    "var": npy(np.ones((64, 64, 3))),
    "epsilon": npy(np.array(1e-8)),
    "clip_obs": npy(np.array(10.0)),
    "norm_obs": npy(np.array(True)),
}


@bad_input
@pytest.mark.parametrize(
    ("changes", "match"),
    [
        pytest.param({"var": None}, "holds no 'var.npy'", id="missing"),
        pytest.param({"mean": b"rubbish"}, "'mean' is not an array", id="rubbish"),
        pytest.param({"mean": npy(np.array([{}]))}, "holds object, not numbers", id="pickled"),
        pytest.param({"mean": lying("(9**9,)")}, "is not an array", id="expression"),
        pytest.param({"mean": lying("(99999,)")}, "not what its header", id="length"),
        pytest.param({"mean": npy(np.zeros(3))}, "mean has shape .3,., var", id="shapes"),
        pytest.param({"var": npy(-np.ones((64, 64, 3)))}, "var is negative", id="negative"),
        pytest.param({"mean": npy(np.full((64, 64, 3), np.nan))}, "is not finite", id="nan"),
        pytest.param({"epsilon": npy(np.zeros(2))}, "'epsilon' must be one number", id="vector"),
        pytest.param({"clip_obs": npy(np.array(0.0))}, "must be positive", id="no-range"),
    ],
)
def test_wrong_npz(
    changes: dict[str, bytes | None], match: str, tmp_path: Path, one_line: OneLine
) -> None:
    with zipfile.ZipFile(tmp_path / "a.normalization.npz", "w") as archive:
        for name, data in {**SOUND, **changes}.items():
            if data is not None:
                archive.writestr(f"{name}.npy", data)
    with one_line(match):
        read_normalization(tmp_path / "a.normalization.npz")


def test_the_sound_npz_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for name, data in SOUND.items():
            archive.writestr(f"{name}.npy", data)
    found = read_normalization(tmp_path / "a.npz")
    assert (found.mean.shape, found.epsilon, found.norm_obs) == ((64, 64, 3), 1e-8, True)


@bad_input
def test_statistics_of_another_agent(
    saved: Callable[..., Path], tmp_path: Path, one_line: OneLine
) -> None:
    path = tmp_path / "agent.zip"
    path.write_bytes(saved().read_bytes())
    with zipfile.ZipFile(beside(path), "w") as archive:
        for name, data in {**SOUND, "mean": npy(np.zeros(7)), "var": npy(np.ones(7))}.items():
            archive.writestr(f"{name}.npy", data)
    with one_line("its normalization has shape .7,., its observations .3, 64, 64."):
        load_agent(path)
