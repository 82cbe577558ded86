"""Ctrl-C and a job's end: training stops after the step it is in, and what it learned is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether somebody asked to stop.

    Attributes:
        signal: the number of the signal; None while nobody asked.
    """

    signal: int | None = None


@contextmanager
def stopping() -> Iterator[Stop]:
    """Catches the signals that ask to stop, until the block ends; the second time they act.

    Outside of the main thread, where Python delivers no signals, nothing is caught.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def note(number: int, frame: FrameType | None) -> None:
        stop.signal = number
        _restore(before)

    for number in SIGNALS:
        if before[number] != signal.SIG_IGN:
            signal.signal(number, note)
    try:
        yield stop
    finally:
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
