"""Names in compiled code that say what was compiled.

The linker knows a rule by a name made of the types of its arguments, and keeps the first of two
that are called alike. In that name numba writes a record as the number under which this process
happened to meet its type; two worlds, or two sizes of one, compiled by two processes and read from
the disk by a third, would then run each other's rules. Here the number is a digest of the record's
fields instead. Importing this module changes numba so; it must happen before anything is compiled.
"""

from __future__ import annotations

import hashlib
from typing import Any

from numba.core import types


def layout_name(record: Any) -> tuple[str, tuple[str]]:
    """What stands for a record's type in the names of compiled functions."""
    return "Record", (hashlib.sha256(record.name.encode()).hexdigest()[:16],)


types.Record.mangling_args = property(layout_name)
