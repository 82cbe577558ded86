"""The training curve: what the agent earned while it learned, as a small CSV."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

from gmbench.atomic import write_text

ROWS: Final = 200  # of a whole run, about


@dataclass(frozen=True)
class Row:
    """What happened since the row before.

    Attributes:
        steps: environment steps learned from until here, in all.
        seconds: of training until here, in all, interruptions left out.
        episodes: how many ended.
        success: share of them that succeeded; None where the world does not say what success is,
            or none ended.
        reward: their mean undiscounted return; None where none ended.
        length: their mean steps; None likewise.
        loss: the algorithm's last loss; None where it tells none.
    """

    steps: int
    seconds: float
    episodes: int
    success: float | None
    reward: float | None
    length: float | None
    loss: float | None


COLUMNS: Final = tuple(field.name for field in fields(Row))


def to_csv(rows: list[Row]) -> str:
    """CSV text with a header; what is None is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(["" if cell is None else _shown(cell) for cell in astuple(row)])
    return text.getvalue()


def from_csv(text: str) -> list[Row]:
    """The rows that `to_csv` wrote.

    Raises:
        ValueError: it is no such text.
    """
    lines = list(csv.reader(io.StringIO(text)))
    if not lines or tuple(lines[0]) != COLUMNS:
        raise ValueError(f"a training curve has the columns {', '.join(COLUMNS)}")
    return [_row(cells) for cells in lines[1:]]


def write_curve(path: str | os.PathLike[str], rows: list[Row]) -> None:
    """Write the curve, whole or not at all.

    Raises:
        UsageError: the file cannot be written.
    """
    write_text(path, to_csv(rows))


def read_curve(path: str | os.PathLike[str]) -> list[Row]:
    """The rows of a file.

    Raises:
        ValueError: it is no such file.
    """
    return from_csv(Path(path).read_text())


def _shown(cell: float) -> str:
    return str(cell) if isinstance(cell, int) else f"{cell:.6g}"


def _row(cells: list[str]) -> Row:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"a row of a training curve has {len(COLUMNS)} cells")
    steps, seconds, episodes, *rest = cells
    success, reward, length, loss = (float(cell) if cell else None for cell in rest)
    return Row(int(steps), float(seconds), int(episodes), success, reward, length, loss)
