"""How a cell ended, as those who carry cells out tell those who asked for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gmbench.studies.cell import Cell

Tell = Callable[[str], None]  # a line for whoever watches


@dataclass(frozen=True)
class Outcome:
    """A cell that has come to its end.

    Attributes:
        cell: the cell.
        failure: None where its folder is whole; else why not, the last line saying most.
    """

    cell: Cell
    failure: str | None
