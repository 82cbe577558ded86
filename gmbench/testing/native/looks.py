"""Some states of a native world, and what each of them looks like."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.abstract import BUFFERS
from gmbench.testing.native.subject import Subject, rows

POOL: Final = 1024  # states
KINDS: Final = ("grid", "rgb")  # an agent is shown one of the two


class Looks:
    """States of a world, of every condition, agent and time, in a random order.

    Attributes:
        states: shape (n,), n at most `POOL`.
    """

    def __init__(self, subject: Subject) -> None:
        found = []
        for trace in subject.traces():
            found.append(trace.states[0])
            found.append(trace.states[1:][trace.stepped])
        states = np.concatenate(found)
        self.states = states[np.random.default_rng(0).permutation(len(states))[:POOL]]
        self._batches = {kind: subject.batch(len(self.states), kind) for kind in KINDS}
        for batch in self._batches.values():
            # A slot's level, condition and steps have nothing to do with the state put in it.
            batch.slots["level"] = batch.slots["steps"] = np.arange(len(self.states))
            batch.slots["condition"] = np.arange(len(self.states)) % len(subject.conditions)
            batch.states[:] = self.states
            batch.observe()  # so that whatever the first look may leave behind, all find

    def of(
        self,
        kind: str,
        states: NDArray[np.void] | None = None,
        *,
        backwards: bool = False,
        poison: int | None = None,
    ) -> NDArray[np.uint8]:
        """What states look like.

        Args:
            kind: "grid" or "rgb".
            states: shape (n,); None for its own.
            backwards: the last state stands in the first slot.
            poison: what stands in the observation before it is written.

        Returns:
            The observations' bytes, shape (n, bytes).
        """
        batch, step = self._batches[kind], -1 if backwards else 1
        batch.states[:] = (self.states if states is None else states)[::step]
        if poison is not None:
            for _ in range(BUFFERS):
                batch.observe()[...] = poison
        return rows(batch.observe()[::step]).copy()
