"""Zips that are broken, dangerous or foreign: one line each, and nothing of them is run."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from noise_world import SMALL, Edit, OneLine, Save

from gmbench.agents import archive, sb3
from gmbench.agents.load import load_agent
from gmbench.errors import MissingPartError

pytestmark = pytest.mark.bad_input


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
