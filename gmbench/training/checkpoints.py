"""Agents on the way: one zip every so many steps, by names that sort as they were written."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gmbench.errors import UsageError
from gmbench.hints import quoted

_NAME: Final = re.compile(r"checkpoint-([0-9]{12})(\..+)")


@dataclass(frozen=True)
class Checkpoint:
    """An agent on the way.

    Attributes:
        steps: environment steps that it had learned from.
        path: its zip.
    """

    steps: int
    path: Path


def checkpoint_path(folder: Path, steps: int) -> Path:
    """Where the agent of so many steps is written."""
    return folder / f"checkpoint-{steps:012d}.zip"


def list_checkpoints(folder: str | os.PathLike[str], suffix: str = ".zip") -> list[Checkpoint]:
    """The checkpoints in a folder, in the order of their steps.

    Args:
        folder: where they lie.
        suffix: of the files they are known by, where something else lies beside every zip.

    Raises:
        UsageError: there is no such folder.
    """
    if not Path(folder).is_dir():
        raise UsageError(f"{os.fspath(folder)}: there is no such folder")
    named = (_NAME.fullmatch(path.name) for path in sorted(Path(folder).iterdir()))
    return [
        Checkpoint(steps, checkpoint_path(Path(folder), steps))
        for name in named
        if name and name[2] == suffix
        for steps in [int(name[1])]
    ]


class Due:
    """Says when the next checkpoint is due.

    Args:
        every: a number of steps, or the list of steps after which one is due.
        done: steps learned from already.

    Raises:
        UsageError: not positive whole numbers.
    """

    def __init__(self, every: int | Sequence[int], done: int = 0) -> None:
        listed = list(every) if isinstance(every, Sequence) else [every]
        if not listed or any(isinstance(n, bool) or not isinstance(n, int) for n in listed):
            said = quoted(str(every))
            raise UsageError(f"checkpoints are written every so many steps, not {said}")
        if min(listed) < 1:
            raise UsageError(f"checkpoints are written every 1 or more steps, not {min(listed)}")
        self._every = None if isinstance(every, Sequence) else every
        self._listed = sorted(n for n in listed if n > done)
        self._last = done

    def __call__(self, steps: int) -> bool:
        """Whether one is due, after so many steps in all; then the next is looked out for."""
        if self._every is not None:
            due = steps // self._every > self._last // self._every
        else:
            due = bool(self._listed) and steps >= self._listed[0]
        self._listed = [n for n in self._listed if n > steps]
        self._last = max(steps, self._last)
        return due
