"""How much a sandboxed agent may use, in units that people think in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Final

from gmbench.errors import UsageError
from gmbench.hints import nearest, quoted

MIB: Final = 2**20
MOST: Final = 10**9
_WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)


@dataclass(frozen=True)
class Limits:
    """What an agent may use at the most; all are whole numbers from 1 to 1,000,000,000.

    Attributes:
        memory: MiB of memory, of all its processes together.
        processes: processes and threads at once.
        cpu: seconds of processor time, of each process.
        start: seconds until it is loaded.
        step: seconds until it has answered a batch of observations.
        wall: seconds in all; every pair of a suite begins anew.
        scratch: MiB in ``/tmp`` and, again, in ``/dev/shm``.
        output: KiB that it may print in all.
        files: files open at once, of each process.
    """

    memory: int = 4096
    processes: int = 64
    cpu: int = 7200
    start: int = 180
    step: int = 30
    wall: int = 14400
    scratch: int = 64
    output: int = 1024
    files: int = 256

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if type(value) is not int or not 1 <= value <= MOST:
                raise UsageError(
                    f"limit {name} must be a whole number from 1 to {MOST:,}, not {value!r}"
                )

    def to_json(self) -> dict[str, int]:
        """The limits by name."""
        return asdict(self)


def read_limits(texts: Iterable[str] | None, option: str = "--limit") -> Limits:
    """The usual limits, changed as a user says.

    Args:
        texts: each NAME=NUMBER.
        option: what the message calls it.

    Raises:
        UsageError: one is not NAME=NUMBER, is no limit, or is given twice.
    """
    known = [field.name for field in fields(Limits)]
    found: dict[str, int] = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not _WHOLE.fullmatch(value):
            raise UsageError(f"{option} {quoted(text)} must be NAME=NUMBER, such as memory=8192")
        if name not in known:
            raise UsageError(f"{option}: unknown limit {quoted(name)}; {nearest(name, known)}")
        if name in found:
            raise UsageError(f"{option} {name} was given twice")
        found[name] = int(value)
    return replace(Limits(), **found)
