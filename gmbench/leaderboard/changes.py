"""What lies between two revisions of a repository, read from git's objects.

Nothing is checked out: attributes, filters and links that a stranger's revision may hold do nothing
here, and what is written is written file by file, where it belongs and nowhere else.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gmbench.errors import SubmissionError, UsageError
from gmbench.hints import quoted
from gmbench.leaderboard.inventory import DEEPEST, MOST_BYTES, MOST_FILES

SUBMISSIONS: Final = "leaderboard/submissions/"
PLAIN: Final = ("100644", "100755")  # git's modes of files that are files

_REVISION = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_./~^@{}-]{0,199}")
_COMPONENT = re.compile(r"[^\x00-\x1f/\\]{1,200}")


@dataclass(frozen=True)
class Changes:
    """The paths that differ between two revisions.

    Attributes:
        base, head: the commits, in hex.
        start: the last commit that both have in common.
        slugs: submissions in which something differs, sorted; what lies in the place of a folder
            counts as one.
        others: all other paths, sorted.
    """

    base: str
    head: str
    start: str
    slugs: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class Blob:
    """A file of a revision.

    Attributes:
        path: within the submission's folder, with slashes.
        name: git's, in hex.
    """

    path: str
    name: str


def changes(root: Path, base: str, head: str) -> Changes:
    """What a change from one revision to another touches, since their last common commit.

    Args:
        root: of the repository.
        base: the revision it begins from.
        head: the revision it ends with.

    Raises:
        UsageError: a revision is not there, or ``root`` is no repository.
    """
    one, other = commit(root, base), commit(root, head)
    start = _common(root, one, other)
    told = _git(root, "diff", "--name-only", "-z", "--no-renames", start, other, "--")
    slugs, others = set(), []
    for path in _texts(told):
        slug, slash, _ = path.removeprefix(SUBMISSIONS).partition("/")
        if path.startswith(SUBMISSIONS) and (slash or not slug.startswith(".")):
            slugs.add(slug)
        else:
            others.append(path)
    return Changes(one, other, start, tuple(sorted(slugs)), tuple(sorted(others)))


def _common(root: Path, one: str, other: str) -> str:
    """The last commit that two have in common, in hex."""
    try:
        return _git(root, "merge-base", one, other).decode("ascii").split()[0]
    except _Refused:
        raise UsageError(
            f"{one[:12]} and {other[:12]} have no commit in common; fetch the whole history of both"
        ) from None


def commit(root: Path, revision: str) -> str:
    """The commit that a revision names, in hex.

    Raises:
        UsageError: there is none.
    """
    if not _REVISION.fullmatch(revision):
        raise UsageError(f"{quoted(revision)} is no revision; name a branch, a tag or a commit")
    try:
        told = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except _Refused:
        raise UsageError(
            f"there is no revision {quoted(revision)} here; fetch it, and give its whole history"
        ) from None
    return told.decode("ascii").strip()


def is_there(root: Path, revision: str, slug: str) -> bool:
    """Whether a commit holds anything in the place of a submission."""
    return bool(_git(root, "ls-tree", "-z", "--full-tree", revision, "--", SUBMISSIONS + slug))


def extract(root: Path, head: str, slug: str, target: Path) -> bool:
    """Write a submission as it is in a commit.

    Args:
        root: of the repository.
        head: the commit, in hex.
        slug: the submission's folder.
        target: the folder to write, which must not exist.

    Returns:
        Whether there is anything of it in that commit.

    Raises:
        SubmissionError: it holds what is no plain file, or too much.
    """
    blobs = list(_blobs(root, head, slug))
    for blob in blobs:
        file = target / blob.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_git(root, "cat-file", "blob", blob.name))
    return bool(blobs)


def _blobs(root: Path, head: str, slug: str) -> Iterator[Blob]:
    """The files of a submission, looked at before any is written."""
    folder = f"{SUBMISSIONS}{slug}/"
    here = _git(root, "ls-tree", "-z", "--full-tree", head, "--", SUBMISSIONS + slug)
    if here and here.split()[1] != b"tree":
        raise SubmissionError("is no folder; put the submission's files into a folder of that name")
    listing = _git(root, "ls-tree", "-r", "-z", "-l", "--full-tree", head, "--", folder)
    total, rows = 0, list(_texts(listing))
    if len(rows) > MOST_FILES:
        raise SubmissionError(f"holds more than {MOST_FILES} files; remove some")
    found = []
    for row in rows:
        told, _, path = row.partition("\t")
        mode, _, name, size = told.split()
        inside = path.removeprefix(folder)
        parts = inside.split("/")
        if mode not in PLAIN:
            raise SubmissionError(f"{quoted(inside)} is no plain file; put the file itself there")
        odd = any(p in (".", "..", ".git") or not _COMPONENT.fullmatch(p) for p in parts)
        if inside == path or odd or len(parts) > DEEPEST:
            raise SubmissionError(f"{quoted(inside)} is no name for a file here; rename it")
        total += int(size)
        found.append(Blob(inside, name))
    if total > MOST_BYTES:
        most = f"{MOST_BYTES / 1e6:.0f} MB are allowed"
        raise SubmissionError(f"holds {total / 1e6:.1f} MB; {most}")
    yield from found


def _texts(told: bytes) -> Iterable[str]:
    """What git tells, ended by zero bytes; a name that is not UTF-8 keeps its bytes visibly."""
    return [one.decode("utf-8", "backslashreplace") for one in told.split(b"\0") if one]


class _Refused(UsageError):
    """Git ran, and did not do what it was asked for."""


def _git(root: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(root), "--literal-pathspecs", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise UsageError(f"git cannot be run: {error.strerror or error}; install git") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
        raise _Refused(f"git {arguments[0]}: {said[0]}")
    return done.stdout
