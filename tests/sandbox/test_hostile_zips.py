"""Hostile files: pickles in real Stable-Baselines3 zips, bombs, names and links that lead out."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
from hostile import SECRET, SMALL, Target, one_line, targeted

from gmbench.agents.load import load_agent
from gmbench.errors import AgentError, AgentStopped
from gmbench.sandbox import Limits, sandboxed

pytestmark = pytest.mark.usefixtures("sandbox_is_there")

ROOMY = Limits(memory=2048, start=300, step=120)
Table = list[tuple[str, str, str]]


@pytest.fixture
def honest(root: Path) -> Path:
    """A small agent of corner's boards of 9 by 9 cells."""
    return sorted((root / "baselines" / "corner" / "cells").glob("*/agent.zip"))[0]


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with targeted(tmp_path) as found:
        yield found


class Payload:
    """Unpickling it runs code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (self.code,)


def rewritten(source: Path, to: Path, **fields: object) -> Path:
    """The zip with other fields in its JSON."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    data = json.loads(members["data"])
    for key, value in fields.items():
        data[key] = {**data[key], **value} if isinstance(value, dict) else value
    members["data"] = json.dumps(data).encode()
    with zipfile.ZipFile(to, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return to


def poisoned(source: Path, to: Path, code: str) -> Path:
    """A zip whose policy class is a pickle that runs code."""
    pickled = base64.b64encode(cloudpickle.dumps(Payload(code))).decode()
    own = {":serialized:": pickled, "__module__": "evil"}
    return rewritten(source, to, policy_class=own)


WRITES = "open({home!r} + '/owned', 'w').close()"
CALLS = "import socket; socket.create_connection(('127.0.0.1', {port}), 5).close()"


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("writes", WRITES, "FileNotFoundError|Read-only"),
        ("connects", CALLS, "Connection refused|unreachable"),
    ],
    ids=["writes", "connects"],
)
def test_a_pickle_in_a_zip(
    name: str, code: str, says: str, honest: Path, target: Target, attack_table: Table
) -> None:
    code = code.format(home=str(target.home), port=target.listener.getsockname()[1])
    zipped = poisoned(honest, target.home / "poisoned.zip", code)

    def happened() -> bool:
        return (target.home / "owned").exists() or target.called()

    load = "import sys; from gmbench import load_agent; load_agent(sys.argv[1], trust=True)"
    subprocess.run([sys.executable, "-c", load, zipped], capture_output=True, check=False)
    assert happened(), "it failed where nothing holds it"
    (target.home / "owned").unlink(missing_ok=True)
    with pytest.raises(AgentStopped) as caught:
        sandboxed(zipped, limits=ROOMY)
    assert not happened()
    one_line(str(caught.value), f"^agent poisoned was stopped: .*({says})")
    attack_table.append((f"zip-{name}", f"a pickled zip that {name}", str(caught.value)))


def test_a_zip_that_is_not_known_is_unpickled_inside_and_plays(
    honest: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = rewritten(honest, tmp_path / "own.zip", policy_class={"__init__": "of its own"})
    observations = np.random.default_rng(0).integers(0, 2, (8, 3, 9, 9)).astype(np.uint8)
    outside = load_agent(own, trust=True)
    agent = sandboxed(own, limits=ROOMY)
    assert "own.zip has a policy class of its own" in caplog.text
    assert "unpickled, inside the sandbox" in caplog.text
    with agent:
        assert agent.spec == outside.spec
        acts = [one.player(8, True).act(observations).tolist() for one in (outside, agent)]
    assert acts[0] == acts[1]
    with pytest.raises(AgentError, match="of its own"):
        sandboxed(own, trust=False)


def refused(source: Path, says: str, table: Table, name: str, does: str) -> None:
    with pytest.raises(AgentError) as caught:
        sandboxed(source, limits=SMALL)
    one_line(str(caught.value), says)
    table.append((name, does, str(caught.value)))


def test_a_zip_bomb(honest: Path, tmp_path: Path, attack_table: Table) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data", b" " * 2**26)
    assert bomb.stat().st_size < 2**17
    with zipfile.ZipFile(bomb) as archive:
        assert len(archive.read("data")) == 2**26, "outside it unpacks a thousandfold"
    refused(bomb, "a zip bomb", attack_table, "zip-bomb", "unpacks to a thousand times its size")


def test_names_that_lead_out_of_a_zip(tmp_path: Path, attack_table: Table) -> None:
    slip, folder = tmp_path / "slip.zip", tmp_path / "unpacked"
    folder.mkdir()
    with zipfile.ZipFile(slip, "w") as archive:
        archive.writestr("data", b"{}")
        archive.writestr("../owned", b"x")
    with zipfile.ZipFile(slip) as archive:  # as a naive harness unpacks
        for name in archive.namelist():
            Path(os.path.join(folder, name)).write_bytes(archive.read(name))
    assert (tmp_path / "owned").exists()
    (tmp_path / "owned").unlink()
    refused(slip, "points out of the zip", attack_table, "zip-slip", "unpacks beside its folder")
    assert not (tmp_path / "owned").exists()


def test_a_link_out_of_a_folder(target: Target, attack_table: Table) -> None:
    folder = target.home / "submission"
    folder.mkdir()
    (folder / "agent.zip").symlink_to(target.home / "secret.txt")
    assert (folder / "agent.zip").read_text() == SECRET, "outside it is read"
    refused(folder, "link out of its folder", attack_table, "zip-link", "is a link to a secret")


def test_a_link_as_a_module(
    target: Target, attack_table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = target.home / "submission"
    folder.mkdir()
    (target.home / "secret.py").write_text(f"SECRET = {SECRET!r}")
    (folder / "linked_agent.py").symlink_to(target.home / "secret.py")
    monkeypatch.chdir(folder)
    read = "import sys; sys.path.insert(0, '.'); import linked_agent; print(linked_agent.SECRET)"
    outside = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True)
    assert outside.stdout.strip() == SECRET
    with pytest.raises(AgentError) as caught:
        sandboxed("linked_agent:Agent", limits=SMALL)
    one_line(str(caught.value), "link out of its folder")
    attack_table.append(("module-link", "is a link to the user's own code", str(caught.value)))
