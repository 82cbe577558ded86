"""Zips that are broken, dangerous or foreign: one line each, and nothing of them is run."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from noise_world import Edit, Noise, OneLine, Save

from gmbench.agents import archive, sb3
from gmbench.agents.load import load_agent
from gmbench.errors import MissingPartError

pytestmark = pytest.mark.bad_input

SMALL = {"features_extractor_kwargs": {"features_dim": 32}}


@pytest.fixture
def good(saved: Save) -> Path:
    return saved(policy_kwargs=SMALL)


# Files that are no zip, or a zip that no honest writer makes.


def write(path: Path, *members: tuple[str, bytes], packing: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as target:
        for name, data in members:
            target.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("content", "match"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"hello world" * 9, "is no zip", id="text"),
        pytest.param(b"\x80\x05K\x01.", "is a pickle, not a zip", id="pickle"),
        pytest.param(b"PK\x03\x04" + bytes(99), "damaged or truncated zip", id="header-only"),
    ],
)
def test_no_zip(content: bytes, match: str, tmp_path: Path, one_line: OneLine) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with one_line(match):
        load_agent(tmp_path / "a.zip")


def test_missing_file(tmp_path: Path, one_line: OneLine) -> None:
    with one_line("no such file; check the path"):
        load_agent(tmp_path / "nowhere.zip")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_truncated(share: float, good: Path, tmp_path: Path, one_line: OneLine) -> None:
    data = good.read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: int(len(data) * share)])
    with one_line("truncated zip; copy the file again"):
        load_agent(tmp_path / "cut.zip")


def test_a_flipped_byte(good: Path, tmp_path: Path, one_line: OneLine) -> None:
    data = bytearray(good.read_bytes())
    data[data.index(b'"policy_class"') + 200] ^= 1
    (tmp_path / "a.zip").write_bytes(data)
    with one_line("'data' is damaged.*copy the file again"):
        load_agent(tmp_path / "a.zip")


@pytest.mark.parametrize("missing", ["data", "policy.pth"])
def test_missing_member(missing: str, good: Path, edited: Edit, one_line: OneLine) -> None:
    with one_line(f"holds no '{missing}'"):
        load_agent(edited(good, drop=(missing,)))


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:evil"], ids=range(5)
)
def test_names_that_leave_the_zip(name: str, good: Path, edited: Edit, one_line: OneLine) -> None:
    with one_line("points out of the zip"):
        load_agent(edited(good, members={name: b"x"}))


def test_a_zip_bomb(tmp_path: Path, one_line: OneLine) -> None:
    zeros = bytes(32 * archive.MIB)
    path = write(tmp_path / "a.zip", ("data", zeros), packing=zipfile.ZIP_DEFLATED)
    with one_line("would unpack to 33,554,432 bytes from .* a zip bomb"):
        load_agent(path)


def forged(path: Path, field: int, form: str, value: int) -> Path:
    """The zip with a field of its first central directory entry set."""
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, data.index(b"PK\x01\x02") + field, value)
    path.write_bytes(data)
    return path


def test_a_size_that_lies(tmp_path: Path, one_line: OneLine) -> None:
    """A bomb that declares few bytes: zipfile stops at them, and the checksum does not fit."""
    zeros = bytes(32 * archive.MIB)
    path = write(tmp_path / "a.zip", ("data", zeros), packing=zipfile.ZIP_DEFLATED)
    with one_line("'data' is damaged"):
        load_agent(forged(path, 24, "<I", 1000))


def test_encrypted(tmp_path: Path, one_line: OneLine) -> None:
    path = write(tmp_path / "a.zip", ("data", b"{}"))
    with one_line("'data' is encrypted"):
        load_agent(forged(path, 8, "<H", 1))


def test_odd_packing(tmp_path: Path, one_line: OneLine) -> None:
    path = write(tmp_path / "a.zip", ("data", b"{}"), packing=zipfile.ZIP_LZMA)
    with one_line("'data' is packed oddly"):
        load_agent(path)


def test_a_name_twice(tmp_path: Path, one_line: OneLine) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = write(tmp_path / "a.zip", ("data", b"{}"), ("data", b"[]"))
    with one_line("holds 'data' twice"):
        load_agent(path)


def test_too_many_members(tmp_path: Path, one_line: OneLine) -> None:
    members = [(str(n), b"") for n in range(archive.MAX_MEMBERS + 1)]
    with one_line("has 257 members"):
        load_agent(write(tmp_path / "a.zip", *members))


def test_a_file_over_the_limit(
    good: Path, one_line: OneLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive.read_file, "__defaults__", (1000,))
    with one_line("more than the 0 that are read"):
        load_agent(good)


def test_a_member_over_the_limit(
    good: Path, one_line: OneLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sb3, "MAX_WEIGHTS", 1000)
    with one_line("'policy.pth' has .* bytes, more than the 1,000"):
        load_agent(good)


# Text in ``data`` that is not what SB3 writes, or names what the lists do not hold.


@pytest.mark.parametrize(
    ("data", "match"),
    [
        pytest.param(b"{", "'data' is not JSON", id="cut"),
        pytest.param(b"\xff\xfe{}", "'data' is not JSON", id="not-utf-8"),
        pytest.param(b"[1, 2]", "'data' is no JSON object", id="a-list"),
        pytest.param(b"[" * 100_000, "'data' is not JSON", id="too-deep"),
        pytest.param(b"{}", "names no policy_class", id="no-policy"),
    ],
)
def test_wrong_json(data: bytes, match: str, good: Path, edited: Edit, one_line: OneLine) -> None:
    with one_line(match):
        load_agent(edited(good, members={"data": data}))


WRONG_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "policy-of-its-own": (
        {"policy_class": {"__module__": "__main__", "__init__": "<function Mine.__init__ at 0x1>"}},
        "policy class that is not known: Mine of '__main__'.*--trust",
    ),
    "policy-without-init": (
        {"policy_class": {"__module__": "mine", "__init__": None}},
        "policy class of its own .module 'mine'.*--trust",
    ),
    "policy-from-another-module": (
        {"policy_class": {"__module__": "os"}},
        "policy class that is not known: ActorCriticCnnPolicy of 'os'.*--trust",
    ),
    "policy-init-injection": (
        {"policy_class": {"__init__": "<function system.__init__ at 0x1>\n; import os"}},
        "policy class of its own.*--trust",
    ),
    "kwargs-a-list": ({"policy_kwargs": [1]}, "policy_kwargs that are no dictionary"),
    "unknown-argument": (
        {"policy_kwargs": {"attention_heads": 4}},
        "argument that is not known: 'attention_heads'.*--trust",
    ),
    "foreign-activation": (
        {"policy_kwargs": {"activation_fn": "<class 'mine.Snake'>"}},
        "activation_fn .*Snake.*, not a known activation .*--trust",
    ),
    "activation-a-lambda": (
        {"policy_kwargs": {"activation_fn": "<function <lambda> at 0x7f>"}},
        "activation_fn .*lambda.*--trust",
    ),
    "activation-a-module-with-a-size": (
        {"policy_kwargs": {"activation_fn": "<class 'torch.nn.modules.linear.Linear'>"}},
        "activation_fn .*Linear.*--trust",
    ),
    "foreign-extractor": (
        {"policy_kwargs": {"features_extractor_class": "<class 'mine.Impala'>"}},
        "features_extractor_class .*Impala.*--trust",
    ),
    "extractor-argument": (
        {"policy_kwargs": {"features_extractor_kwargs": {"depth": 3}}},
        "gives NatureCNN an argument that is not known: 'depth'",
    ),
    "extractor-kwargs-text": (
        {"policy_kwargs": {"features_extractor_kwargs": "{'features_dim': 32}"}},
        "features_extractor_kwargs .*not a dictionary of plain values",
    ),
    "features-dim-huge": (
        {"policy_kwargs": {"features_extractor_kwargs": {"features_dim": 10**9}}},
        "features_dim '1000000000', not a whole number from 1 to 65536",
    ),
    "net-arch-negative": ({"policy_kwargs": {"net_arch": [-1]}}, r"net_arch '\[-1\]', not"),
    "net-arch-text": ({"policy_kwargs": {"net_arch": "[64, 64]"}}, "net_arch .*not a list"),
    "net-arch-true": ({"policy_kwargs": {"net_arch": [True]}}, "net_arch .*not a whole number"),
    "net-arch-shared": (
        {"policy_kwargs": {"net_arch": [64, {"pi": [64]}]}},
        "net_arch .*not a whole number",
    ),
    "net-arch-other-keys": (
        {"policy_kwargs": {"net_arch": {"pi": [8], "qf": [8]}}},
        "net_arch .*named pi and vf",
    ),
    "net-arch-too-deep": ({"policy_kwargs": {"net_arch": [8] * 99}}, "up to 32 layer widths"),
    "scaling-a-text": (
        {"policy_kwargs": {"normalize_images": "False"}},
        "normalize_images 'False', not true or false",
    ),
    "larger-than-its-weights": (
        {"policy_kwargs": {"net_arch": [60_000, 60_000]}},
        "a network of at least 3,60.* weights, policy.pth .* cannot hold them",
    ),
    "huge-head": (
        {"policy_kwargs": {"net_arch": {"pi": [60_000]}}, "action_space": {"n": "60000"}},
        "a network of at least 3,60.* weights, policy.pth .* cannot hold them",
    ),
    "another-network": (
        {"policy_kwargs": {"net_arch": [4]}},
        "policy.pth lacks 'mlp_extractor.policy_net.0.weight'",
    ),
    "exploration-by-state": ({"use_sde": True}, "uses state-dependent exploration"),
    "observations-unreadable": ({"observation_space": None}, "no readable observation_space"),
    "observations-of-another-kind": (
        {"observation_space": {":type:": "<class 'gymnasium.spaces.discrete.Discrete'>"}},
        "observes a 'Discrete' space, gmbench's worlds have a Box",
    ),
    "space-of-ones-own": (
        {"observation_space": {":type:": "<class 'mine.Box'>"}},
        "observes a 'Box' space",
    ),
    "shape-text": ({"observation_space": {"_shape": "(3, 64, 64)"}}, "shape that cannot be read"),
    "shape-huge": ({"observation_space": {"_shape": [3, 10**6, 10**6]}}, "which no world gives"),
    "shape-zero": ({"observation_space": {"_shape": [3, 0, 64]}}, "which no world gives"),
    "shape-too-small-for-the-cnn": (
        {"observation_space": {"_shape": [3, 16, 16]}},
        "ActorCriticCnnPolicy cannot be built for observations of shape .3, 16, 16.",
    ),
    "shape-of-another-agent": (
        {"observation_space": {"_shape": [4, 64, 64]}},
        "has 'features_extractor.cnn.0.weight' of shape .32, 3, 8, 8.*.32, 4, 8, 8.",
    ),
    "channels-last": (
        {"observation_space": {"_shape": [64, 64, 3]}},
        "cannot be built for observations of shape .64, 64, 3.",
    ),
    "dtype": ({"observation_space": {"dtype": "object"}}, "observations of type 'object'"),
    "bounds-differ": ({"observation_space": {"low": "[0. 1. 0.]"}}, "low is not the same every"),
    "bounds-unreadable": (
        {"observation_space": {"high": "__import__('os').system('true')"}},
        "whose high cannot be read",
    ),
    "bounds-swapped": (
        {"observation_space": {"low": "[255 255]", "high": "[0 0]"}},
        "is no range of uint8",
    ),
    "actions-continuous": (
        {"action_space": {":type:": "<class 'gymnasium.spaces.box.Box'>"}},
        "acts in a 'Box' space, gmbench's worlds have a Discrete",
    ),
    "actions-none": ({"action_space": {"n": "0"}}, "acts in Discrete.n='0'"),
    "actions-from-one": ({"action_space": {"start": "1"}}, "start='1'.*counted from 0"),
    "actions-more-than-weights": (
        {"action_space": {"n": "16"}},
        "'action_net.weight' of shape .15, 32., .*16, 32.",
    ),
}


@pytest.mark.parametrize("case", WRONG_FIELDS)
def test_wrong_fields(case: str, good: Path, edited: Edit, one_line: OneLine) -> None:
    fields, match = WRONG_FIELDS[case]
    with one_line(match):
        load_agent(edited(good, fields))


def test_towers_for_a_q_network(saved: Save, edited: Edit, one_line: OneLine) -> None:
    path = saved("DQN", policy_kwargs=SMALL)
    with one_line("net_arch for actor and critic, but CnnPolicy has no critic"):
        load_agent(edited(path, {"policy_kwargs": {"net_arch": {"pi": [8]}}}))


@pytest.mark.parametrize(
    ("lstm_kwargs", "match"),
    [
        pytest.param({"proj_size": 4}, "dictionary of bias and dropout", id="unknown"),
        pytest.param({"dropout": 7}, "dropout from 0 to 1", id="range"),
    ],
)
def test_lstm_arguments(
    lstm_kwargs: Any, match: str, saved: Save, edited: Edit, one_line: OneLine
) -> None:
    kwargs = {"lstm_hidden_size": 8, **SMALL}
    path = saved("RecurrentPPO", "CnnLstmPolicy", policy_kwargs=kwargs)
    with one_line(match):
        load_agent(edited(path, {"policy_kwargs": {"lstm_kwargs": lstm_kwargs}}))


@pytest.mark.parametrize("n", [0, "200", 10**7], ids=str)
def test_quantiles(n: Any, saved: Save, edited: Edit, one_line: OneLine) -> None:
    path = saved("QRDQN", policy_kwargs={"n_quantiles": 7, **SMALL})
    with one_line("n_quantiles .*, not a whole number"):
        load_agent(edited(path, {"policy_kwargs": {"n_quantiles": n}, "n_quantiles": n}))


@pytest.mark.parametrize(
    ("env", "policy", "match"),
    [
        pytest.param(
            Noise(action_space=spaces.Box(-1, 1, (2,))), "CnnPolicy", "acts in a 'Box'", id="box"
        ),
        pytest.param(
            Noise(action_space=spaces.MultiDiscrete([3, 3])),
            "CnnPolicy",
            "acts in a 'MultiDiscrete'",
            id="multi-discrete",
        ),
        pytest.param(
            Noise(spaces.Dict({"a": spaces.Box(0, 1, (2,))})),
            "MultiInputPolicy",
            "policy class that is not known: MultiInputActorCriticPolicy",
            id="dict",
        ),
    ],
)
def test_real_agents_of_other_spaces(
    env: gym.Env[Any, Any], policy: str, match: str, saved: Save, one_line: OneLine
) -> None:
    with one_line(match):
        load_agent(saved("PPO", policy, env=env))


# Weights that are not the policy's.


class Payload:
    """Leaves a file behind when unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def test_code_in_the_weights(good: Path, edited: Edit, tmp_path: Path, one_line: OneLine) -> None:
    buffer, marker = io.BytesIO(), tmp_path / "was-run"
    torch.save({"features_extractor.cnn.0.weight": Payload(marker)}, buffer)
    with one_line("policy.pth does not hold plain tensors .*--trust"):
        load_agent(edited(good, members={"policy.pth": buffer.getvalue()}))
    assert not marker.exists()


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        pytest.param(b"", "does not hold plain tensors", id="empty"),
        pytest.param(b"\x80\x05K\x01.", "does not hold plain tensors", id="pickle"),
        pytest.param(b"PK\x03\x04" + bytes(999), "does not hold plain tensors", id="cut"),
    ],
)
def test_no_weights(
    weights: bytes, match: str, good: Path, edited: Edit, one_line: OneLine
) -> None:
    with one_line(match):
        load_agent(edited(good, members={"policy.pth": weights}))


NAME = "action_net.weight"


def compressed(weights: bytes) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(weights)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return buffer.getvalue()


def test_a_bomb_within_the_weights(good: Path, edited: Edit, one_line: OneLine) -> None:
    with zipfile.ZipFile(good) as source:
        weights = compressed(source.read("policy.pth"))
    with one_line("its tensors are compressed"):
        load_agent(edited(good, members={"policy.pth": weights}))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        pytest.param(lambda s: s.pop(NAME), f"lacks '{NAME}'", id="missing"),
        pytest.param(lambda s: s.update(other=torch.zeros(1)), "holds 'other'", id="extra"),
        pytest.param(
            lambda s: s.update({NAME: torch.zeros(9, 32)}), r"shape \(9, 32\)", id="shape"
        ),
        pytest.param(lambda s: s[NAME].fill_(np.nan), f"'{NAME}' is not finite", id="nan"),
        pytest.param(lambda s: s.update({NAME: 3}), "no dictionary of tensors", id="number"),
        pytest.param(
            lambda s: s.update({NAME: torch.zeros(15, 32).long()}), "no plain float", id="integers"
        ),
        pytest.param(
            lambda s: s.update({NAME: torch.zeros(15, 32).to_sparse()}), "no plain float",
            id="sparse",
        ),
        pytest.param(
            lambda s: s.update({NAME: torch.zeros(1).expand(10**12)}),
            "is larger than its file",
            id="a-terabyte-of-stride-0",
        ),
    ],
)  # fmt: skip
def test_other_weights(
    change: Callable[[Any], object],
    match: str,
    good: Path,
    edited: Edit,
    weights_with: Any,
    one_line: OneLine,
) -> None:
    with one_line(match):
        load_agent(edited(good, members={"policy.pth": weights_with(good, change)}))


def test_trust_does_not_load_rubbish(good: Path, edited: Edit, one_line: OneLine) -> None:
    path = edited(good, members={"policy.pth": b"rubbish"})
    with one_line("Stable-Baselines3 cannot load it as PPO"):
        load_agent(path, trust=True)


def test_contrib_missing(saved: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved("QRDQN", policy_kwargs=SMALL)
    for name in ("sb3_contrib", "sb3_contrib.qrdqn", "sb3_contrib.qrdqn.policies"):
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(MissingPartError, match=r"pip install \"gmbench\[contrib\]\""):
        load_agent(path)


def test_the_message_names_the_file_and_stays_short(
    good: Path, edited: Edit, one_line: OneLine
) -> None:
    long = json.loads(json.dumps({"policy_kwargs": {"x\n" * 5000: 1}}))
    with one_line("agent.zip gives ActorCriticCnnPolicy an argument"):
        load_agent(edited(good, long))
