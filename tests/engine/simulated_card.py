"""A script: a batch on a simulated card beside one on the processor, as ``simulated_card.py PART``.

Its environment must ask for the simulator and for plain Python. Each part fails by an exception.
"""

from __future__ import annotations

import sys
from typing import Any

import lane_world as lane
import numpy as np
from engine_worlds import walk

from gmbench.engine.abstract import AbstractBatch
from gmbench.engine.devices import open_batch
from gmbench.errors import UsageError


def held(array: Any) -> bytes:
    return bytes(array.copy_to_host().tobytes())


def both(n: int, **options: Any) -> tuple[Any, Any]:
    return open_batch(lane, n, **options), open_batch(lane, n, device="cuda", **options)


def same_records(one: AbstractBatch[Any], two: AbstractBatch[Any]) -> None:
    for a, b in ((one.slots, two.slots), (one.states, two.states)):
        for name in set(a.dtype.names or ()) - {"order"}:
            assert (a[name] == b[name]).all(), name


def training() -> None:
    for obs in ("grid", "rgb", "none"):
        cpu, card = both(5, obs=obs)
        for batch in (cpu, card):
            batch.stream(4, alpha=0.5, alpha_conditions=[1, 2], allowed=[5, 6, 7, 8, 9])
        assert cpu.reset().tobytes() == held(card.reset())
        kept: list[tuple[Any, list[bytes]]] = []
        for action in walk(lane, 5, 40):
            one, two = cpu.step(action), card.step(action)
            for a, b in zip(one[:4], two[:4], strict=True):
                assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == held(b)
            ended = one.terminated | one.truncated
            assert one.last[ended].tobytes() == two.last.copy_to_host()[ended].tobytes()
            for old, was in kept:
                assert [held(array) for array in old] == was
            kept = [*kept[-1:], (two, [held(array) for array in two])]
        same_records(cpu, card)


def beginning() -> None:
    cpu, card = both(5)
    pinned = [3, None, 1, 2**30, 0]
    assert cpu.reset(pinned).tobytes() == held(card.reset(pinned))
    assert cpu.begin_next([1, 4]).tobytes() == held(card.begin_next([1, 4]))
    assert cpu.begin([3, 0], [8, 9], [1, 2]).tobytes() == held(card.begin([3, 0], [8, 9], [1, 2]))
    assert cpu.observe().tobytes() == held(card.observe())
    assert (cpu.frames(12) == card.frames(12)).all()
    same_records(cpu, card)
    for batch in (cpu, card):
        batch.stream(7)
    assert cpu.reset().tobytes() == held(card.reset())
    same_records(cpu, card)


def evaluation() -> None:
    cpu, card = both(5, autoreset=False)
    for batch in (cpu, card):
        batch.evaluate([1, 3, 0])
        batch.begin([0, 2], [2**30, 2**30 + 1], [1, 2])
    for role in (0, 1, 0, 1):
        chosen = card.oracle(role)
        assert cpu.oracle(role).tobytes() == held(chosen)
        card.step(chosen)
        cpu.step(cpu.oracle(role))
    for batch in (cpu, card):
        batch.autoreset = True
        batch.step(np.full(5, lane.QUIT))
    same_records(cpu, card)


def many_levels() -> None:
    """More than one block of threads; and then more levels than threads."""
    cpu, card = both(300)
    assert cpu.reset().tobytes() == held(card.reset())
    import gmbench.engine.cuda

    gmbench.engine.cuda.MOST_THREADS = 3
    cpu, card = both(10)
    for batch in (cpu, card):
        batch.evaluate([3, 3, 3])
        batch.reset()
    assert card.workers == 3
    for action in walk(lane, 10, 30):
        assert cpu.step(action).observations.tobytes() == held(card.step(action).observations)
    assert cpu.oracle(0).tobytes() == held(card.oracle(0))
    assert cpu.states["par"].any()
    same_records(cpu, card)


def refusals() -> None:
    from numba import cuda

    batch = open_batch(lane, 300, device="cuda")
    for wrong in (np.zeros(300, np.int32), np.zeros(299, np.int64)):
        refused(lambda: batch.step(cuda.to_device(wrong)), "contiguous int64 of shape (300,)")  # noqa: B023
    refused(lambda: batch.begin([0], [-1], [0]), "level -1 lies outside")
    try:
        batch.slots["level"] = 0
    except ValueError:
        pass
    else:
        raise AssertionError("a copy took a change that nobody would see")


def hopeless() -> None:
    from gmbench.engine import layout

    layout.MAX_ATTEMPTS = 20  # type: ignore[misc]  # kernels that are made from here on take this
    usual = lane.below
    for batch in both(4):
        lane.below = lambda *_: 0  # type: ignore[assignment]
        refused(lambda: batch.begin([2], [77], [0]), "accepts none of 20 draws of level 77")  # noqa: B023
        lane.below = usual
        batch.begin([2], [77], [0])


def refused(call: Any, message: str) -> None:
    try:
        call()
    except UsageError as error:
        assert message in str(error), error
    else:
        raise AssertionError(f"nothing was refused: {message}")


SCRIPTED = ("training", "beginning", "evaluation", "many_levels", "refusals", "hopeless")

if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print(f"{sys.argv[1]}: as on the processor")
