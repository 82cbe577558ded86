"""The folder of a sweep: whole cells, and beside them what is being made.

::

    DIR/cells/<cell>/        a finished cell; it appears whole or not at all
    DIR/cells/.<cell>.<...>  one that is being made, or was when its process died
    DIR/failed/<cell>.txt    why a cell failed the last time
    DIR/sweep.log            when cells began, ended, failed, and whose processes died
    DIR/<sweep>.json         all figures, written anew from the cells
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from gmbench.atomic import make_folder, to_disk, write_text
from gmbench.errors import RecordError, UsageError
from gmbench.studies.cell import CELL, DIGITS, Cell, read_cell

LOG: Final = "sweep.log"
_CELLS: Final = "cells"
_FAILED: Final = "failed"
_LOCK: Final = ".lock"


class SweepFolder:
    """The folder of a sweep.

    Args:
        path: made where it is not there.

    Raises:
        UsageError: it cannot be made.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        make_folder(self.path / _CELLS)

    def results(self, sweep: str) -> Path:
        """Where the results of a sweep of that name are written.

        Sweeps may share a folder: a cell that two of them ask for is made once.
        """
        return self.path / f"{sweep}.json"

    def finished(
        self, cells: Iterable[Cell], tell: Callable[[str], None] = lambda _: None
    ) -> dict[str, Path]:
        """Digest to folder, of those cells that are finished.

        Args:
            cells: those that are wanted.
            tell: called with a line for every damaged folder of another sweep, which stays as it
                is.

        Raises:
            RecordError: the folder of a wanted cell is damaged.
        """
        wanted = {cell.digest for cell in cells}
        # A folder's name ends so whatever the recipe was called, and tells what it was of where
        # nothing in it does.
        ends = {digest[:DIGITS] for digest in wanted}
        found = {}
        for folder in sorted((self.path / _CELLS).iterdir()):
            if folder.name.startswith(".") or not folder.is_dir():
                continue
            try:
                digest = read_cell(folder)["digest"]
            except RecordError:
                if folder.name.rpartition("-")[2] in ends:
                    raise
                tell(f"{folder}: damaged, and no cell of this sweep; left as it is")
                continue
            if digest in wanted:
                found[digest] = folder
        return found

    def place(self, cell: Cell) -> Path:
        """Where a cell's folder appears."""
        return self.path / _CELLS / cell.name

    @contextmanager
    def making(self, cell: Cell) -> Iterator[Path]:
        """A folder to work in, which takes the cell's name when the block ends well.

        When the block raises, the folder is removed.
        """
        draft = self.path / _CELLS / f".{cell.name}.{secrets.token_hex(4)}"
        draft.mkdir()
        try:
            yield draft
            for root, _, files in os.walk(draft):
                for name in (*files, "."):
                    to_disk(Path(root, name))
            try:
                os.rename(draft, self.place(cell))
            except OSError:
                if not (self.place(cell) / CELL).exists():
                    raise
                return  # another process was faster: its cell stays as it is
            to_disk(draft.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def clear(self) -> None:
        """Remove what killed processes left; only while the folder is locked and none works."""
        for draft in (self.path / _CELLS).glob(".*"):
            shutil.rmtree(draft, ignore_errors=True)

    def note(self, event: str, cell: Cell, more: str = "") -> None:
        """Add a line to the log."""
        time = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        line = " ".join(filter(None, (time, event, cell.name, f"pid={os.getpid()}", more)))
        handle = os.open(self.path / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, (line + "\n").encode())
        finally:
            os.close(handle)

    def note_failure(self, cell: Cell, reason: str | None) -> None:
        """Write down why a cell failed, or forget why it once did (None)."""
        path = self.path / _FAILED / f"{cell.name}.txt"
        if reason is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(exist_ok=True)
            write_text(path, reason.rstrip() + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other sweeps out until the block ends, or this process does.

        Raises:
            UsageError: another one is running, or the folder cannot be written to.
        """
        try:
            lock = open(self.path / _LOCK, "w")  # closed by the block below
        except OSError as error:
            raise UsageError(
                f"cannot write in the folder {self.path}: {error.strerror or error}"
            ) from error
        with lock as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UsageError(
                    f"another sweep is running in {self.path}; wait for it, or name another folder"
                ) from None
            yield
