"""Fixtures: a folder of its own for every test, files of floors, a machine without a card."""

from __future__ import annotations

from pathlib import Path

import pytest
from throughput_rows import WriteFloors

from gmbench.throughput import steppers


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def floors(in_an_empty_folder: Path) -> WriteFloors:
    """Writes a file of floors."""

    def write(text: str) -> Path:
        path = in_an_empty_folder / "floors.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has none, wherever this runs."""
    monkeypatch.setattr(steppers, "without_cuda", lambda: "device 'cuda' needs a graphics card")
