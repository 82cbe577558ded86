"""The files of a submission: those that belong there, and nothing else."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from gmbench.errors import SubmissionError
from gmbench.hints import quoted
from gmbench.leaderboard.faults import Faults

MOST_BYTES: Final = 20 * 10**6
MOST_FILES: Final = 2_000
DEEPEST: Final = 4

_CHUNK: Final = 1 << 20


def files_of(folder: Path, faults: Faults) -> dict[str, int]:
    """Every plain file in a folder, by its path with slashes, with its size; links not followed.

    What is neither a file nor a folder is a fault, so is too much of anything.
    """
    found: dict[str, int] = {}
    for number, (name, entry) in enumerate(_walked(folder, "", 1)):
        if number >= MOST_FILES:
            faults.add(folder.name, f"holds more than {MOST_FILES} files", "remove some")
            break
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISREG(mode):
            found[name] = entry.stat(follow_symlinks=False).st_size
        elif stat.S_ISLNK(mode):
            faults.add(quoted(name), "is a link", "put the file itself there")
        else:
            faults.add(quoted(name), "is neither a file nor a folder", "remove it")
    total = sum(found.values())
    if total > MOST_BYTES:
        what = f"holds {total / 1e6:.1f} MB; {MOST_BYTES / 1e6:.0f} MB are allowed"
        faults.add(folder.name, what, "send fewer seeds, or agents without optimizer state")
    return found


def compare(found: Iterable[str], must: Iterable[str], may: Iterable[str], faults: Faults) -> None:
    """Note what is missing and what does not belong there."""
    there, needed = set(found), list(must)
    for name in sorted(there - {*needed, *may}):
        faults.add(quoted(name), "is not expected", "remove it, or name it in submission.yaml")
    for name in needed:
        if name not in there:
            faults.add(name, "is missing", "add it, or make the submission with leaderboard add")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex.

    Raises:
        SubmissionError: it cannot be read, or is a link.
    """
    found = hashlib.sha256()
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with open(handle, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                found.update(chunk)
    except OSError as error:
        raise SubmissionError(f"{path}: cannot be read: {error.strerror or error}") from None
    return found.hexdigest()


def content_digest(files: Iterable[tuple[str, Path]]) -> str:
    """SHA-256, in hex, over names and bytes of files: what something earned is for.

    Raises:
        SubmissionError: a file cannot be read.
    """
    lines = [f"{file_digest(path)}  {name}\n" for name, path in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _walked(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                inside = list(_walked(Path(entry.path), f"{name}/", depth + 1))
                yield from inside
            else:
                yield name, entry
