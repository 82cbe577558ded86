"""Hostile files: pickles in real Stable-Baselines3 zips, bombs, names and links that lead out."""

from __future__ import annotations

import base64
import json
import os
import shutil
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
from hostile import SECRET, SMALL, Target, one_line, targeted

from gmbench import cli
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


def peak(does: Callable[[], object]) -> float:
    """MiB that something takes at the most while it runs."""
    tracemalloc.start()
    try:
        does()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def test_a_zip_whose_sizes_are_a_lie(tmp_path: Path, attack_table: Table) -> None:
    """Declared as 1 KiB, so that no ratio looks odd; zipfile unpacks it all, then cuts it off."""
    packer, name = zlib.compressobj(wbits=-15), b"data"
    packed = packer.compress(bytes(2**26)) + packer.flush()
    sizes = struct.pack("<III", 0, len(packed), 2**10)
    first = struct.pack("<IHHHHH12sHH", 0x04034B50, 20, 0, 8, 0, 0, sizes, 4, 0) + name + packed
    listed = struct.pack("<IHHHHHH12s", 0x02014B50, 20, 20, 0, 8, 0, 0, sizes)
    listed += struct.pack("<HHHHHII", 4, 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(listed), len(first), 0)
    liar = tmp_path / "liar.zip"
    liar.write_bytes(first + listed + end)

    def naive() -> None:
        with zipfile.ZipFile(liar) as archive, pytest.raises(zipfile.BadZipFile):
            archive.read("data")

    assert peak(naive) > 60, "outside it takes its true size"
    does = "unpacks to more than it says"
    assert peak(lambda: refused(liar, "'data' is damaged", attack_table, "zip-liar", does)) < 8


def test_a_zip_of_many_members(tmp_path: Path, attack_table: Table) -> None:
    one = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, *[0] * 7, 1, *[0] * 6) + b"a"
    listed = one * 50_000
    flood = tmp_path / "flood.zip"
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(listed), 0, 0)
    flood.write_bytes(listed + end)

    def naive() -> None:
        with zipfile.ZipFile(flood) as archive:
            assert len(archive.infolist()) == 50_000

    assert peak(naive) > 10, "outside every one of them is listed"
    says, does = "list of members has more than", "has members without end"
    assert peak(lambda: refused(flood, says, attack_table, "zip-members", does)) < 8


def test_a_text_of_many_values(tmp_path: Path, attack_table: Table) -> None:
    text = b'{"a":[' + b"[]," * 2**20 + b"[]]}"
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as archive:
        archive.writestr("data", text)
    assert peak(lambda: json.loads(text)) > 50, "outside 3 MiB of text take as much"
    says, does = "more than 1,048,576 values", "has text that takes 25 times its size"
    assert peak(lambda: refused(many, says, attack_table, "zip-values", does)) < 16


def test_a_name_that_a_terminal_obeys(
    honest: Path, tmp_path: Path, attack_table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "submission"
    folder.mkdir()
    evil = folder / "a\x1b]0;owned\x07\u202eb.zip"
    evil.write_bytes(b"no zip")
    print(f"{evil} is no zip")
    assert "\x1b]0;owned\x07" in capsys.readouterr().out, "outside it reaches the terminal"
    assert cli.run(["eval", str(folder), "--sandbox"]) == 2
    line = capsys.readouterr().err
    one_line(line.rstrip("\n"), r"\\x1b\]0;owned\\x07\\u202eb\.zip is no zip")
    attack_table.append(("zip-name", "has a name that a terminal obeys", line.rstrip("\n")))
    shutil.copy(honest, evil)
    with sandboxed(folder) as agent:
        assert agent.spec.name == r"a\x1b]0;owned\x07\u202eb"


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
