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
        where: the file, and the place in it.
        what: what is wrong.
        mend: what to do about it.
    """

    where: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        """One line."""
        return f"{self.where}: {self.what}" + (f"; {self.mend}" if self.mend else "")


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

    def tried(self, where: str, ask: Callable[[], T]) -> T | None:
        """What ``ask`` gives, or None and a fault where it raises a `UsageError`."""
        try:
            return ask()
        except UsageError as error:
            said = str(error).replace(f"{self.folder}/", "")
            if said.startswith(f"{where}:"):  # the message knows the line
                where, _, said = said.partition(": ")
            self.add(where, said)
            return None
