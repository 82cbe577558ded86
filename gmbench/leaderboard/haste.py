"""A plain table of episodes, read in haste: where its cells are, found in its bytes.

Of thousands of tables only some cells of some rows are asked for, so nothing is parsed here and no
row is checked. What is not plainly such a table is none: `gmbench.episodes` says what is wrong.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
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
# Bytes that are looked at together. Larger arrays come from the system anew each time, and are slow
# to touch; smaller ones are too many calls.
_BLOCK: Final = 2**17

Rows = NDArray[np.int64]
Key = tuple[str, str]  # pair, condition


class PlainTable:
    """The agent's own rows of some pairs and conditions: those whose group is empty.

    Attributes:
        columns: their names.
    """

    def __init__(
        self, data: bytes, columns: tuple[str, ...], ends: NDArray[np.int64], keys: Iterable[Key]
    ) -> None:
        """A table of the bytes ``data``.

        Args:
            data: all of them.
            columns: their names.
            ends: int64 of shape (rows, 1 + columns): where the cells of each row that may be
                asked for end, after where the row before does.
            keys: that may be asked for.
        """
        self.columns = columns
        self._data, self._bytes, self._ends = data, np.frombuffer(data, dtype=np.uint8), ends
        texts = _texts(self._bytes, ends[:, 0] + 1, ends[:, 2])
        self._rows = {key: np.flatnonzero(texts == _text(key)) for key in keys}

    def rows(self, pair: str, condition: str) -> Rows:
        """The rows of a pair under a condition, in their order."""
        return self._rows[pair, condition]

    def cells(self, column: str, rows: Rows) -> list[bytes]:
        """The cells of some rows; empty ones where there is no such column."""
        if column not in self.columns:
            return [b""] * len(rows)
        at = self.columns.index(column)
        starts, ends = self._ends[rows, at] + 1, self._ends[rows, at + 1]
        return list(map(self._data.__getitem__, map(slice, starts.tolist(), ends.tolist())))

    def levels(self, rows: Rows) -> NDArray[np.int64]:
        """The levels' numbers of some rows.

        Raises:
            ValueError: one is none.
        """
        at = self.columns.index("level")
        starts, ends = self._ends[rows, at] + 1, self._ends[rows, at + 1]
        if (ends - starts == _DIGITS).all():
            digits = self._bytes[starts[:, None] + np.arange(_DIGITS)].astype(np.int64) - ord("0")
            if ((digits >= 0) & (digits <= 9)).all():
                found: NDArray[np.int64] = digits @ 10 ** np.arange(_DIGITS - 1, -1, -1)
                return found
        return np.array([int(cell) for cell in self.cells("level", rows)], dtype=np.int64)


def plain_table(path: Path, keys: Iterable[Key]) -> PlainTable | None:
    """The table in a file, ``.csv.gz`` or ``.csv``; None where it is better read strictly.

    Args:
        path: of the file.
        keys: pairs and conditions that will be asked for.
    """
    data = _unpacked(path)
    return None if data is None else table_of(data, keys)


def table_of(data: bytes, keys: Iterable[Key]) -> PlainTable | None:
    """The table that some bytes are, None where they are not plainly one."""
    if b'"' in data or not data.endswith(b"\n"):
        return None
    header = data.index(b"\n")
    columns = tuple(data[:header].decode("utf-8", "replace").split(","))
    if columns not in PLAIN:
        return None
    known = list(keys)
    wanted = np.unique(np.array([_text(key) for key in known] or [b""]))
    raw, found = np.frombuffer(data, dtype=np.uint8), []
    for start, stop in _blocks(data, header + 1):
        block = raw[start:stop]
        newline = block == _NEWLINE
        ends = np.flatnonzero((block == _COMMA) | newline)
        if len(ends) != len(columns) * np.count_nonzero(newline):
            return None
        ends = ends.reshape(-1, len(columns))
        # As many newlines as rows, one at the end of each: so all else between cells are commas.
        if not newline[ends[:, -1]].all():
            return None
        before = np.concatenate(([-1], ends[:-1, -1]))
        own = ends[:, 2] == ends[:, 1] + 1
        texts = _texts(block, before[own] + 1, ends[own, 1])
        own[own] = wanted[np.searchsorted(wanted, texts).clip(max=len(wanted) - 1)] == texts
        found.append(np.column_stack((before[own], ends[own])) + start)
    ends = np.concatenate([np.zeros((0, 1 + len(columns)), dtype=np.int64), *found])
    return PlainTable(data, columns, ends, known)


def _blocks(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Where blocks of whole lines begin and end."""
    while start < len(data):
        stop = data.rfind(b"\n", start, start + _BLOCK) + 1 or data.index(b"\n", start) + 1
        yield start, stop
        start = stop


def _text(key: Key) -> bytes:
    return f"{key[0]},{key[1]}".encode()


def _texts(raw: NDArray[np.uint8], starts: Rows, ends: Rows) -> NDArray[np.bytes_]:
    """The bytes between some places, as texts; without zeros at their ends."""
    width = int((ends - starts).max(initial=1))
    places = np.minimum(starts[:, None] + np.arange(width), len(raw) - 1)
    texts = np.where(np.arange(width) < (ends - starts)[:, None], raw[places], np.uint8(0))
    found: NDArray[np.bytes_] = np.ascontiguousarray(texts).view(f"S{width}").reshape(-1)
    return found


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
