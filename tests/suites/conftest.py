"""Fixtures: a suite's file."""

from __future__ import annotations

from pathlib import Path

import pytest
from suite_files import GOOD


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A sound file, to be made wrong."""
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    return file
