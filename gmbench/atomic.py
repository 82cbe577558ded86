"""Files appear whole or not at all.

A run that is interrupted, or a disk that fills up, leaves the old file as it was and nothing
beside it: the new bytes go to a temporary file in the same folder, reach the disk, and then take
the name in one step.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gmbench.errors import UsageError


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file, replacing the one that is there.

    Raises:
        UsageError: the folder does not exist or cannot be written to, the path is a folder, or
            the disk is full.
    """
    with replacing(path) as temporary:
        try:
            temporary.write_bytes(data)
        except OSError as error:
            raise _cannot_write(path, error) from error


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write UTF-8 text with the line ends as they are; see `write_bytes`."""
    write_bytes(path, text.encode())


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path to write to, which takes the name ``path`` when the block ends well.

    For writers that want a file name: videos, archives. The temporary path does not exist yet and
    has the suffix of ``path``. When the block raises, the temporary file is removed.

    Raises:
        UsageError: as in `write_bytes`.
    """
    target = refuse_bad_target(path)
    if target.exists() and not target.is_file():
        yield target  # a device or a pipe has no old content to keep, and must not be replaced
        return
    temporary = target.with_name(f".{target.stem[:64]}.{secrets.token_hex(8)}{target.suffix}")
    try:
        yield temporary
        try:
            to_disk(temporary)
            os.replace(temporary, target)
            to_disk(target.parent)
        except OSError as error:
            raise _cannot_write(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def refuse_bad_target(path: str | os.PathLike[str]) -> Path:
    """The file that writing to a path would replace.

    Raises:
        UsageError: it is a folder, or its folder does not exist or cannot be written to.
    """
    target = Path(os.path.realpath(path))  # a link goes on pointing at what it points at
    if target.is_dir():
        raise UsageError(f"cannot write {os.fspath(path)}: it is a folder; give a file name")
    if not target.parent.is_dir():
        raise UsageError(f"cannot write {os.fspath(path)}: there is no folder {target.parent}")
    if not target.exists() and not os.access(target.parent, os.W_OK):
        raise UsageError(f"cannot write {os.fspath(path)}: no right to write in {target.parent}")
    return target


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder, and those that it stands in, where it is not there.

    Raises:
        UsageError: it cannot be made.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        said = f"cannot make the folder {os.fspath(path)}: {error.strerror or error}"
        raise UsageError(said) from error


def to_disk(path: Path) -> None:
    """Wait until a file or a folder is on the disk, where the system can say so.

    Raises:
        OSError: it cannot be opened, or the disk refuses.
    """
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return  # Windows cannot open folders
    # Windows flushes only what may be written.
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(path: str | os.PathLike[str], error: OSError) -> UsageError:
    return UsageError(f"cannot write {os.fspath(path)}: {error.strerror or error}")
