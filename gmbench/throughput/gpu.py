"""The graphics card that numba uses: its name and driver, its memory, waiting for it, copying."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

from gmbench.errors import MissingPartError


def name() -> str:
    """The card's name."""
    said = getattr(_cuda().get_current_device(), "name", "simulator")  # which has no name
    return said.decode() if isinstance(said, bytes) else str(said)


def driver() -> str | None:
    """The driver's version, as NVIDIA's own tool says it; None where that tool is missing."""
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.split()
    return lines[0] if done.returncode == 0 and lines else None


def refuse_without_room(wanted: int) -> None:
    """Refuse what does not fit the card.

    Args:
        wanted: bytes.

    Raises:
        MissingPartError: there are not so many free.
    """
    free = _cuda().current_context().get_memory_info()[0]
    if wanted > free:
        raise MissingPartError(
            f"it takes {wanted / 2**30:.1f} GiB of the card's memory, {free / 2**30:.1f} GiB are"
            " free; choose a smaller batch"
        )


def on_card(rows: list[Any]) -> Iterator[Any]:
    """Arrays, copied to the card, one after the other and round again."""
    to_device = _cuda().to_device
    return itertools.cycle([to_device(row) for row in rows])


def finish() -> None:
    """Wait until the card has done what it was given."""
    _cuda().synchronize()


def copier(source: Any, targets: int) -> Callable[[object], object]:
    """A function that copies an array within the card, to one of some places after the other."""
    make = _cuda().device_array
    places = itertools.cycle([make(source.shape, source.dtype) for _ in range(targets)])
    return lambda _: next(places).copy_to_device(source)


def _cuda() -> Any:
    from numba import cuda

    return cuda
