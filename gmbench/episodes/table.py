"""The table of episodes and its file: CSV, plain or gzipped; equal tables give equal bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gmbench import atomic
from gmbench.episodes.codec import from_csv, to_csv
from gmbench.episodes.episode import Episode, says_twice
from gmbench.errors import RecordError

MAX_BYTES: Final = 2**28  # uncompressed: more than a million rows, and the end of a zip bomb


@dataclass(frozen=True)
class Episodes:
    """A table of episodes.

    Attributes:
        rows: the episodes, in the order they are written.

    Raises:
        RecordError: two rows share pair, condition, level and group.
    """

    rows: tuple[Episode, ...] = ()

    def __post_init__(self) -> None:
        """Keep the rows as a tuple and refuse doubles."""
        object.__setattr__(self, "rows", tuple(self.rows))
        seen: set[tuple[str, str, int, str]] = set()
        for row in self.rows:
            if row.key in seen:
                raise RecordError(says_twice(row))
            seen.add(row.key)

    def __len__(self) -> int:
        """How many episodes."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Episode]:
        """The episodes in order."""
        return iter(self.rows)

    def pairs(self) -> tuple[str, ...]:
        """The names of the pairs played, in order of first appearance."""
        return tuple(dict.fromkeys(row.pair for row in self.rows))

    def groups(self, pair: str) -> tuple[str, ...]:
        """The groups that played a pair, in order of first appearance; "" is the agent itself."""
        return tuple(dict.fromkeys(row.group for row in self.rows if row.pair == pair))

    def conditions(self, pair: str, group: str = "") -> tuple[str, ...]:
        """The conditions in which a group played a pair, in order of first appearance."""
        return tuple(dict.fromkeys(row.condition for row in self.of(pair, group=group)))

    def of(self, pair: str, condition: str | None = None, group: str = "") -> Episodes:
        """The rows of one pair and group, under one condition or under all."""
        return Episodes(
            tuple(
                row
                for row in self.rows
                if row.pair == pair
                and row.group == group
                and (condition is None or row.condition == condition)
            )
        )

    def on(self, levels: Collection[int]) -> Episodes:
        """The rows of some levels, of every pair and group."""
        wanted = frozenset(levels)
        return Episodes(tuple(row for row in self.rows if row.level in wanted))

    @property
    def digest(self) -> str:
        """SHA-256 of the CSV text, as hexadecimal digits; the same for .csv and .csv.gz."""
        return hashlib.sha256(to_csv(self.rows).encode()).hexdigest()

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the table as ``.csv`` or ``.csv.gz``, whole or not at all.

        Raises:
            RecordError: another suffix.
            UsageError: the file cannot be written.
        """
        gzipped = _is_gzipped(path)
        data = to_csv(self.rows).encode()
        if gzipped:
            packed = io.BytesIO()
            # No name and no time in the header: equal tables give equal bytes.
            with gzip.GzipFile("", "wb", fileobj=packed, mtime=0) as stream:
                stream.write(data)
            data = packed.getvalue()
        atomic.write_bytes(path, data)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Episodes:
        """Read a ``.csv`` or ``.csv.gz`` table.

        Raises:
            RecordError: the file cannot be read or is not such a table; names file and line.
        """
        return cls(from_csv(_text(path), os.fspath(path)))


def refuse_bad_table(path: str | os.PathLike[str]) -> None:
    """Refuse a path to which no table can be written, without writing.

    Raises:
        RecordError: another suffix than .csv or .csv.gz.
        UsageError: the file could not be written.
    """
    _is_gzipped(path)
    atomic.refuse_bad_target(path)


def _is_gzipped(path: str | os.PathLike[str]) -> bool:
    name = os.fspath(path)
    if not name.endswith((".csv", ".csv.gz")):
        raise RecordError(f"{name}: the name of an episode table ends in .csv or .csv.gz")
    return name.endswith(".gz")


def _text(path: str | os.PathLike[str]) -> str:
    """The whole uncompressed text of a table."""
    name = os.fspath(path)
    gzipped = _is_gzipped(path)
    try:
        with gzip.open(path, "rb") if gzipped else Path(path).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except EOFError:
        raise RecordError(f"{name}: the gzip file is cut off; fetch or write it anew") from None
    except (gzip.BadGzipFile, zlib.error):
        raise RecordError(f"{name}: not a sound gzip file; a plain table is named .csv") from None
    except OSError as error:
        raise RecordError(f"{name}: cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise RecordError(f"{name}: more than {MAX_BYTES} bytes unpacked; split the table")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RecordError(f"{name}: it is not UTF-8 text; save the table as UTF-8") from None
