"""A sound suite's file, one of a native world, and what is said of a wrong one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gmbench.errors import SuiteError
from gmbench.suites import load_suite

GOOD = """\
name: mine
version: 1
summary: Two pairs.
protocol: transfer
deterministic: true
entries:
  - pair: procgen-coinrun
    mode: easy
    conditions: [train, test]
    levels: 10
  - pair: procgen-maze
    mode: hard
    conditions: [train, test, no-goal]
    levels: 20
    references: [random, goal]
"""


def refused(file: Path) -> str:
    """The message with which the file is refused, without the folder it lies in."""
    with pytest.raises(SuiteError) as raised:
        load_suite(file)
    message = str(raised.value)
    assert len(message.splitlines()) == 1 and len(message) < 400
    return message.removeprefix(f"{file.parent}{os.sep}")


NATIVE = (
    GOOD.split("  - pair")[0]
    + """\
  - pair: corner
    conditions: [train, test]
    levels: 5
    parameters:
      size: 9
      layout: blocks
"""
)
