"""A plain table of episodes, read in haste: where its cells are, found in its bytes at once.

Of thousands of tables only some cells of some rows are asked for, so nothing is parsed here and no
row is checked. What is not plainly such a table is none: `gmbench.episodes` says what is wrong.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.episodes import COLUMNS

PLAIN: Final = (
    COLUMNS,
    (*COLUMNS, "scores"),
    (*COLUMNS, "intent"),
    (*COLUMNS, "scores", "intent"),
)
MOST_BYTES: Final = 2**27  # unpacked

_COMMA: Final = ord(",")
_NEWLINE: Final = ord("\n")
_GZIP: Final = 16 + zlib.MAX_WBITS
_DIGITS: Final = 10  # of the number of an evaluation's level

Rows = NDArray[np.int64]


class PlainTable:
    """The agent's own rows of a table, those whose group is empty.

    Attributes:
        columns: their names.
    """

    def __init__(self, data: bytes, columns: tuple[str, ...], ends: NDArray[np.int64]) -> None:
        """A table of the bytes ``data``, whose cells end at ``ends``, (rows, columns)."""
        self.columns = columns
        self._data, self._bytes, self._ends = data, np.frombuffer(data, dtype=np.uint8), ends
        group = columns.index("group")
        self._own = 1 + np.flatnonzero(ends[1:, group] == ends[1:, group - 1] + 1)
        self._keys = self._texts_of_keys()

    def rows(self, pair: str, condition: str) -> Rows:
        """The rows of a pair under a condition, in their order."""
        found: Rows = self._own[self._keys == f"{pair},{condition},".encode()]
        return found

    def cells(self, column: str, rows: Rows) -> list[bytes]:
        """The cells of some rows; empty ones where there is no such column."""
        if column not in self.columns:
            return [b""] * len(rows)
        starts, ends = self._span(self.columns.index(column), rows)
        spans = map(slice, starts.tolist(), ends.tolist())
        return list(map(self._data.__getitem__, spans))

    def levels(self, rows: Rows) -> NDArray[np.int64]:
        """The levels' numbers of some rows.

        Raises:
            ValueError: one is none.
        """
        starts, ends = self._span(self.columns.index("level"), rows)
        if (ends - starts == _DIGITS).all():
            digits = self._bytes[starts[:, None] + np.arange(_DIGITS)].astype(np.int64) - ord("0")
            if ((digits >= 0) & (digits <= 9)).all():
                found: NDArray[np.int64] = digits @ 10 ** np.arange(_DIGITS - 1, -1, -1)
                return found
        return np.array([int(cell) for cell in self.cells("level", rows)], dtype=np.int64)

    def _span(self, column: int, rows: Rows) -> tuple[Rows, Rows]:
        before = self._ends[rows, column - 1] if column else self._ends[rows - 1, -1]
        return before + 1, self._ends[rows, column]

    def _texts_of_keys(self) -> NDArray[np.bytes_]:
        """``pair,condition,`` of every row; shorter by nothing, for a name never ends in it."""
        starts = self._ends[self._own - 1, -1] + 1
        lengths = self._ends[self._own, 1] + 1 - starts
        width = int(lengths.max(initial=1))
        places = np.minimum(starts[:, None] + np.arange(width), len(self._bytes) - 1)
        texts = np.where(np.arange(width) < lengths[:, None], self._bytes[places], np.uint8(0))
        found: NDArray[np.bytes_] = np.ascontiguousarray(texts).view(f"S{width}")[:, 0]
        return found


def plain_table(path: Path) -> PlainTable | None:
    """The table in a file, ``.csv.gz`` or ``.csv``; None where it is better read strictly."""
    data = _unpacked(path)
    return None if data is None else table_of(data)


def table_of(data: bytes) -> PlainTable | None:
    """The table that some bytes are, None where they are not plainly one."""
    if b'"' in data or not data.endswith(b"\n"):
        return None
    columns = tuple(data[: data.index(b"\n")].decode("utf-8", "replace").split(","))
    if columns not in PLAIN:
        return None
    raw = np.frombuffer(data, dtype=np.uint8)
    newline = raw == _NEWLINE
    ends = np.flatnonzero((raw == _COMMA) | newline)
    if len(ends) != len(columns) * np.count_nonzero(newline):
        return None
    ends = ends.reshape(-1, len(columns))
    # As many newlines as rows, one at the end of each: so all else between cells are commas.
    return PlainTable(data, columns, ends) if newline[ends[:, -1]].all() else None


def _unpacked(path: Path) -> bytes | None:
    """The table's bytes; None where it is no sound file, or too long."""
    try:
        data = path.read_bytes()
        if not path.name.endswith(".gz"):
            return data if len(data) <= MOST_BYTES else None
        stream = zlib.decompressobj(_GZIP)
        text = stream.decompress(data, MOST_BYTES + 1)
        return text if stream.eof and not stream.unused_data else None
    except (OSError, zlib.error):
        return None
