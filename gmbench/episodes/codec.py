"""Episodes as CSV text and back, strictly: what is not exactly such a table is refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gmbench.episodes.episode import Episode, says_twice
from gmbench.errors import RecordError
from gmbench.hints import quoted

COLUMNS: Final = (
    "pair",
    "condition",
    "group",
    "level",
    "order",
    "outcome",
    "steps",
    "reward",
    "entered",
    "deadline",
)
SCORES_COLUMN: Final = "scores"
INTENT_COLUMN: Final = "intent"
LATER: Final = (SCORES_COLUMN, INTENT_COLUMN)  # written where an episode has some: old tables keep

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def to_csv(rows: Iterable[Episode]) -> str:
    """CSV text with a header, one line an episode, lines ended by a bare newline."""
    rows = tuple(rows)
    columns = (*COLUMNS, *(name for name in LATER if any(getattr(row, name) for row in rows)))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(_to_cells(row, columns) for row in rows)
    return text.getvalue()


def from_csv(text: str, name: str) -> tuple[Episode, ...]:
    """The episodes of a table's text.

    Args:
        text: what `to_csv` writes; columns may stand in any order and lines end as they like.
        name: what messages call the file.

    Raises:
        RecordError: the text is no such table; names file and line.
    """
    if not text.strip():
        raise RecordError(f"{name}: the file is empty; it must begin with a header")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader)
        _check_header(header)
        return tuple(_rows(reader, header))
    except (RecordError, csv.Error) as error:
        raise RecordError(f"{name}:{reader.line_num}: {error}") from error


def _rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[Episode]:
    """The reader's episodes, one at a time so that an error is met at its own line."""
    seen: set[tuple[str, str, int, str]] = set()
    for cells in reader:
        if len(cells) != len(header):
            raise RecordError(f"the row has {len(cells)} cells; the header has {len(header)}")
        row = _from_cells(dict(zip(header, cells, strict=True)))
        if row.key in seen:
            raise RecordError(says_twice(row))
        seen.add(row.key)
        yield row


def _check_header(header: list[str]) -> None:
    listed = f"{', '.join(COLUMNS)} and, if there are any, {' and '.join(LATER)}"
    for column in header:
        if column not in (*COLUMNS, *LATER):
            raise RecordError(f"unknown column {quoted(column)}; the columns are {listed}")
        if header.count(column) > 1:
            raise RecordError(f"column {column} appears twice; the columns are {listed}")
    for column in COLUMNS:
        if column not in header:
            raise RecordError(f"column {column} is missing; the columns are {listed}")


def _to_cells(row: Episode, columns: Iterable[str]) -> list[str]:
    # The repr of a float reads back as the same float.
    special = {
        "entered": _joined(row.entered),
        "reward": repr(row.reward),
        SCORES_COLUMN: _joined(row.scores),
        INTENT_COLUMN: _joined(row.intent),
    }
    return [
        special[column] if column in special else str(getattr(row, column)) for column in columns
    ]


def _joined(numbers: Mapping[str, int]) -> str:
    """Text like ``A=85 B=48``, by name."""
    return " ".join(f"{name}={number}" for name, number in sorted(numbers.items()))


def _from_cells(cells: Mapping[str, str]) -> Episode:
    try:
        reward = float(cells["reward"])
    except ValueError:
        raise RecordError(f"reward is {quoted(cells['reward'])}; it must be a number") from None
    return Episode(
        pair=cells["pair"],
        condition=cells["condition"],
        group=cells["group"],
        level=_whole("level", cells["level"]),
        order=_whole("order", cells["order"]),
        outcome=cells["outcome"],
        steps=_whole("steps", cells["steps"]),
        reward=reward,
        entered=_split("entered", cells["entered"], "A=85 B=48"),
        deadline=_whole("deadline", cells["deadline"]),
        scores=_split(SCORES_COLUMN, cells.get(SCORES_COLUMN, ""), "goal=7 proxy=-2"),
        intent=_split(INTENT_COLUMN, cells.get(INTENT_COLUMN, ""), "goal=7 ... states=5"),
    )


def _split(what: str, text: str, example: str) -> dict[str, int]:
    """Names and numbers from text like the example; empty text means none."""
    numbers: dict[str, int] = {}
    for word in text.split(" ") if text else []:
        name, equals, number = word.partition("=")
        if not equals:
            raise RecordError(f"{what} is {quoted(text)}; write it like {example}")
        if name in numbers:
            raise RecordError(f"{what} names {quoted(name)} twice")
        numbers[name] = _whole(what, number)
    return numbers


def _whole(what: str, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise RecordError(f"{what} is {quoted(text)}; it must be a whole number")
    return int(text)
