"""The records that rules work on, for numba and for plain Python alike.

``NUMBA_DISABLE_JIT=1`` runs the rules as they stand: slow, and free of whatever numba might do to
them, which makes it the engine's oracle. Rules name a record's fields as attributes. numba knows
that of every structured dtype; NumPy's own ``np.record`` would do it too, but for fields named as
one of its attributes, such as ``size``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from gmbench.engine import symbols  # noqa: F401  before anything is compiled


class Record(np.void):
    """One element of a structured array, its fields as attributes."""

    def __getattribute__(self, name: str) -> Any:
        fields = np.void.__getattribute__(self, "dtype").fields
        if fields is not None and name in fields:
            return np.void.__getitem__(self, name)
        return np.void.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        np.void.__setitem__(self, name, value)


def record(fields: Sequence[tuple[Any, ...]]) -> np.dtype[np.void]:
    """The dtype of records with these fields, laid out as C does."""
    dtype: np.dtype[np.void] = np.dtype(list(fields), align=True)
    return np.dtype((Record, dtype)) if numba.config.DISABLE_JIT else dtype
