"""All tables of a board: a few are read here, thousands by several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Collection, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final

from gmbench.errors import UsageError
from gmbench.leaderboard.answers import Answers, read_answers

MANY: Final = 1_000  # tables; processes take seconds to begin
_AT_ONCE: Final = 16  # tables that a process takes from the list

Tables = Mapping[Path, Collection[str]]


def read_tables(
    tables: Tables, *, jobs: int = 1, many: int = MANY
) -> dict[Path, dict[str, Answers]]:
    """The answers of many tables.

    Args:
        tables: path to the pairs that are wanted of it.
        jobs: processes at once; they are spawned, so that a script that asks for several must
            guard what it does by ``if __name__ == "__main__"``.
        many: from how many tables on there are several.

    Raises:
        RecordError: one cannot be read, the first in their order.
        UsageError: a process ended before its work was done.
    """
    if len(tables) < many or jobs == 1:
        return {path: read_answers(path, pairs) for path, pairs in tables.items()}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
        try:
            read = pool.map(read_answers, tables.keys(), tables.values(), chunksize=_AT_ONCE)
            return dict(zip(tables, read, strict=True))
        except BrokenProcessPool:
            raise UsageError(
                "a process that read tables was stopped; free some memory and rank again"
            ) from None
