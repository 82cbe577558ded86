"""Whom the sandbox runs as: the user who runs it, or, for root, a user that owns nothing."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

# Above what distributions, containers and systemd give out.
PRIVATE: Final = range(1_900_000_000, 2_000_000_000)
NOBODY: Final = 65_534
STAGES: Final = ("/mnt", "/media", "/opt", "/tmp")


def private_uid() -> int | None:
    """For root a user that no other process has, drawn anew at every call; None for others."""
    if os.geteuid() != 0:
        return None
    return draw(Path("/proc/self/uid_map").read_text())


def draw(uid_map: str) -> int:
    """A user that exists in a namespace and that hardly anybody has.

    Args:
        uid_map: as in ``/proc/self/uid_map``: rows of (first here, first outside, how many).
    """
    rows = [[int(word) for word in line.split()] for line in uid_map.splitlines()]
    for first, _, count in rows:
        if first <= PRIVATE.start and PRIVATE.stop <= first + count:
            return secrets.choice(PRIVATE)
    # A container has fewer: the upper half of its widest range, far from its own accounts.
    first, _, count = max(rows, key=lambda row: row[2])
    found = first + count // 2 + secrets.randbelow(max(1, count // 2))
    return found - 1 if found == NOBODY else found


def stage() -> str:
    """A folder that exists and may be laid over, in a mount namespace of its own."""
    return next(path for path in STAGES if os.path.isdir(path))
