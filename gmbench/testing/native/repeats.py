"""How many levels are a level that had occurred before, under another number."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from numpy.typing import NDArray

from gmbench.testing.native.leaks import KEY, secrets
from gmbench.testing.native.subject import Subject, rows
from gmbench.testing.report import Check, share

LAYOUTS: Final = 2**16  # of the design's count of repeats
ALL_LAYOUTS_FROM: Final = 1000  # levels looked at; who looks at fewer is in a hurry


def layout_repeats(subject: Subject) -> Check:
    """The share of levels that begin, in training, in a state that had occurred before.

    Leaving out the level's key, by which levels differ that are otherwise the same.
    """
    count = LAYOUTS if subject.count >= ALL_LAYOUTS_FROM else subject.count
    train = subject.condition(subject.pair.train)
    keys = [field for field, what in secrets(subject).items() if what == KEY]
    layouts: set[bytes] = set()
    looks: set[bytes] = set()
    for levels in subject.chunks(count):
        batch = subject.begun(levels, train, "grid", training=True)
        states = batch.states.copy()
        for key in keys:
            states[key] = 0
        layouts.update(_digests(states))
        looks.update(_digests(batch.observe()))
    repeats, alike = count - len(layouts), count - len(looks)
    detail = (
        f"{repeats} of {count} layouts had occurred before, under another number;"
        f" of first observations {alike}"
    )
    return Check("layout-repeats", None, share(repeats, count), detail)


def _digests(array: NDArray[Any]) -> list[bytes]:
    return [hashlib.blake2b(row, digest_size=16).digest() for row in rows(array)]
