"""How xdist spreads suites: the tests of a pair go to one worker, which plays it once.

Spread one by one they would meet at the pair's lock, and all workers but one would wait. The mark
``xdist_group`` is no way to say so: xdist 3.8 hands it over in the tests' ids, which pytest 9.2 no
longer lets it change (pytest-xdist issue 1386).
"""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling

from pytest_gmbench import SUFFIX


class PairScheduling(LoadGroupScheduling):  # type: ignore[misc]  # xdist ships no types
    """Groups the tests of suites by pair, and others as ``loadgroup`` does: by mark, or alone."""

    def _split_scope(self, nodeid: str) -> str:
        file, colons, name = nodeid.partition("::")
        if colons and file.endswith(SUFFIX):
            return f"{file}::{name.partition('[')[0]}"
        scope: str = super()._split_scope(nodeid)
        return scope
