"""A fault of a submission: where it is, what is wrong, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from gmbench.errors import UsageError

T = TypeVar("T")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a submission.

    Attributes:
        where: the file, and the place in it; "" for the folder as a whole.
        what: what is wrong.
        mend: what to do about it.
    """

    where: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        """One line."""
        where = f"{self.where}: " if self.where else ""
        return where + self.what + (f"; {self.mend}" if self.mend else "")

    def under(self, name: str) -> str:
        """One line that begins with the name of what it is a fault of."""
        return f"{name}/{self}" if self.where else f"{name}: {self}"


@dataclass
class Faults:
    """Those found so far: a check goes on after the first.

    Attributes:
        folder: of the submission; messages name its files without it.
        found: in the order they were met.
    """

    folder: Path
    found: list[Fault] = field(default_factory=list)

    def add(self, where: str, what: str, mend: str = "") -> None:
        """Note a fault."""
        self.found.append(Fault(where, what, mend))

    def tried(self, where: str, ask: Callable[[], T], mend: str = "") -> T | None:
        """What ``ask`` gives, or None and a fault where it raises a `UsageError`.

        Args:
            where: the file.
            ask: is called.
            mend: what to do about it, where the message does not say.
        """
        try:
            return ask()
        except UsageError as error:
            said = str(error).replace(f"{self.folder}/", "")
            if said.startswith(f"{where}:"):  # the message knows the line
                where, _, said = said.partition(": ")
            self.add(where, said, "" if "; " in said else mend)
            return None
