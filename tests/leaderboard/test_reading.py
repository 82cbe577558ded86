"""Many tables are read by several processes, with the same answers and the same faults."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from made_boards import SCRIPTED

from gmbench.errors import RecordError
from gmbench.leaderboard.reading import read_tables


@pytest.fixture
def tables(tmp_path: Path) -> dict[Path, list[str]]:
    found = {}
    for number, role in enumerate(("goal", "proxy", "random") * 2):
        path = tmp_path / f"{number}.csv.gz"
        shutil.copy(SCRIPTED / f"{role}.csv.gz", path)
        found[path] = ["corner", "gems"]
    return found


@pytest.mark.slow
def test_processes_read_what_one_reads(tables: dict[Path, list[str]]) -> None:
    one, several = read_tables(tables), read_tables(tables, jobs=2, many=1)
    assert list(one) == list(several) == list(tables)
    for path in tables:
        for pair in ("corner", "gems"):
            for name in ("levels", "success", "given", "against", "ratio", "score"):
                first, other = (getattr(read[path][pair], name) for read in (one, several))
                assert np.array_equal(first, other)


@pytest.mark.slow
@pytest.mark.bad_input
def test_the_first_table_that_cannot_be_read_is_named(tables: dict[Path, list[str]]) -> None:
    for path in list(tables)[2:]:
        path.write_bytes(b"x")
    for many in (1, 100):
        with pytest.raises(RecordError, match=r"/2\.csv\.gz: not a sound gzip file"):
            read_tables(tables, jobs=2, many=many)
