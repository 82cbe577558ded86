"""The files of a submission: those that belong there, and nothing else."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from gmbench.errors import SubmissionError
from gmbench.hints import quoted
from gmbench.leaderboard.faults import Faults

MOST_BYTES: Final = 20 * 10**6
MOST_FILES: Final = 2_000
DEEPEST: Final = 4

_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Inventory:
    """What lies in a submission's folder.

    Attributes:
        files: every plain file, by its path with slashes; links are not followed.
        odd: what is neither a file nor a folder; each has a fault already.
        too_much: whether there is more than anybody may send.
    """

    files: frozenset[str]
    odd: frozenset[str]
    too_much: bool


def files_of(folder: Path, faults: Faults) -> Inventory:
    """What a folder holds; what is no plain file is a fault, so is too much of anything."""
    files: set[str] = set()
    odd: set[str] = set()
    total = 0
    for number, (name, entry) in enumerate(_walked(folder, "", 1)):
        if number >= MOST_FILES:
            faults.add("", f"holds more than {MOST_FILES} files", "remove some")
            return Inventory(frozenset(files), frozenset(odd), True)
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            files.add(name)
            total += status.st_size
            continue
        odd.add(name)
        if stat.S_ISLNK(status.st_mode):
            faults.add(quoted(name), "is a link", "put the file itself there")
        elif stat.S_ISDIR(status.st_mode):
            faults.add(quoted(name), f"is a folder deeper than {DEEPEST}", "remove it")
        else:
            faults.add(quoted(name), "is neither a file nor a folder", "remove it")
    if total > MOST_BYTES:
        what = f"holds {total / 1e6:.1f} MB; {MOST_BYTES / 1e6:.0f} MB are allowed"
        faults.add("", what, "send fewer seeds, or agents without optimizer state")
    return Inventory(frozenset(files), frozenset(odd), total > MOST_BYTES)


def compare(there: Inventory, must: Iterable[str], may: Iterable[str], faults: Faults) -> None:
    """Note what is missing and what does not belong there."""
    needed = list(must)
    for name in sorted(there.files - {*needed, *may}):
        faults.add(quoted(name), "is not expected", "remove it, or name it in submission.yaml")
    for name in needed:
        parents = (str(parent) for parent in PurePosixPath(name).parents)
        if name not in there.files and there.odd.isdisjoint((name, *parents)):
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
    return digest_of({name: file_digest(path) for name, path in sorted(files)})


def digest_of(digests: Mapping[str, str]) -> str:
    """The same from the digest of each file, by its name."""
    lines = [f"{digests[name]}  {name}\n" for name in sorted(digests)]
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
