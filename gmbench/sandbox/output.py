"""What an agent prints: drained, so that nothing waits for it, counted, and its end kept."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import IO, Final

from gmbench.hints import quoted

TAIL: Final = 2_000  # bytes that are kept


class Output:
    """The end of what it printed.

    Attributes:
        too_much: whether it printed more than it may.
    """

    def __init__(self, stream: IO[bytes], limit: int, stop: Callable[[], None]) -> None:
        """Begin to drain.

        Args:
            stream: where it prints; closed at its end.
            limit: in bytes.
            stop: called when it is passed.
        """
        self.too_much = False
        self._stream, self._limit, self._stop = stream, limit, stop
        self._tail = b""
        self._thread = threading.Thread(target=self._drain, name="gmbench-output", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        printed = 0
        with self._stream as stream:
            while chunk := os.read(stream.fileno(), 65_536):
                printed += len(chunk)
                self._tail = (self._tail + chunk)[-TAIL:]
                if printed > self._limit and not self.too_much:
                    self.too_much = True
                    self._stop()

    def join(self, seconds: float) -> None:
        """Wait for its end."""
        self._thread.join(seconds)

    def last_line(self) -> str | None:
        """Its last line in quotes, None where it printed nothing."""
        lines = self._tail.decode(errors="replace").strip().splitlines()
        return quoted(lines[-1]) if lines else None
