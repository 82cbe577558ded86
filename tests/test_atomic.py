"""Files appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gmbench import atomic
from gmbench.errors import UsageError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    atomic.write_text(path, "first\r\n")
    atomic.write_text(str(path), "überschrieben\n")
    assert path.read_bytes() == "überschrieben\n".encode()
    assert names(tmp_path) == ["record.json"]


def test_a_new_file_has_the_permissions_any_new_file_has(tmp_path: Path) -> None:
    atomic.write_bytes(tmp_path / "ours", b"")
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()], ids=["error", "ctrl-c"])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"old")
    with pytest.raises(type(error)), atomic.replacing(path) as temporary:
        temporary.write_bytes(b"half a fi")
        raise error
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["film.mp4"]


def test_the_temporary_file_stands_in_the_same_folder_with_the_same_suffix(tmp_path: Path) -> None:
    with atomic.replacing(tmp_path / "film.mp4") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".mp4")
        temporary.write_bytes(b"film")
    assert names(tmp_path) == ["film.mp4"]


def test_a_link_goes_on_pointing_at_its_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    atomic.write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    atomic.write_bytes("/dev/null", b"gone")
    assert not Path("/dev/null").is_file()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("target", "says"),
    [("there/record.json", "there is no folder"), (".", "it is a folder")],
    ids=["no-folder", "is-a-folder"],
)
def test_a_bad_target_is_one_line(tmp_path: Path, target: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        atomic.write_bytes(tmp_path / target, b"x")
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_a_full_disk_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left on device"):
        atomic.write_bytes(tmp_path / "record.json", b"x")
    assert names(tmp_path) == []
