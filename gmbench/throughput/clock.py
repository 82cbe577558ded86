"""The clock: repeats of equal length, taken in turn where several things are compared."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.errors import UsageError
from gmbench.records import MIN_REPEATS

SEED: Final = 0  # of the actions and of the stream of levels
ROWS: Final = range(64, 1024)  # of actions drawn beforehand, as memory allows
DRAWN: Final = 1 << 21  # actions, about


@dataclass(frozen=True)
class Timing:
    """How long to measure.

    Attributes:
        repeats: how many times; `MIN_REPEATS` at least.
        seconds: that one repeat lasts, about.

    Raises:
        UsageError: too few repeats, or no time to measure in.
    """

    repeats: int = MIN_REPEATS
    seconds: float = 0.25

    def __post_init__(self) -> None:
        """Refuse what states nothing."""
        if self.repeats < MIN_REPEATS:
            raise UsageError(f"repeats={self.repeats}: needs {MIN_REPEATS} at least")
        if not 0 < self.seconds <= 3600:
            raise UsageError(f"seconds={self.seconds}: a repeat lasts between 0 and 3600 seconds")


USUAL_TIMING: Final = Timing()


@dataclass
class Stepper:
    """Something that is stepped over and over, a whole batch at a time.

    Attributes:
        step: one step of the batch; what it returns begins with the observations.
        batch: environments stepped at once.
        obs: kind of observation.
        observation_bytes: of one of them.
        actions: integers, one row a step, endlessly.
        threads: it steps on; None where the games choose for themselves.
        device: "cpu" or the GPU's name.
        driver: the GPU driver's version, None on a processor.
        host_copy: whether the observations lie in the host's memory after a step.
        finish: waits until all that was begun is done.
        levels_begun: how many levels have begun so far, None where nobody counts them.
        close: frees what it holds.
        last: what the last step returned.
    """

    step: Callable[[Any], Any]
    batch: int
    obs: str
    observation_bytes: int
    actions: Iterator[Any]
    threads: int | None = None
    device: str = "cpu"
    driver: str | None = None
    host_copy: bool = True
    finish: Callable[[], object] = lambda: None
    levels_begun: Callable[[], int | None] = lambda: None
    close: Callable[[], object] = lambda: None
    last: Any = None

    def run(self, steps: int) -> None:
        """Step the batch so often; when this returns, all of it is done."""
        step = self.step
        for actions in itertools.islice(self.actions, steps):
            self.last = step(actions)
        self.finish()


@dataclass(frozen=True)
class Rates:
    """What the clock showed for one stepper.

    Attributes:
        values: steps per second of all its environments together, one a repeat.
        levels_begun: inside the clock; None where nobody counts them.
    """

    values: tuple[float, ...]
    levels_begun: int | None


def time_in_turn(steppers: Sequence[Stepper], timing: Timing) -> list[Rates]:
    """Steps per second of some steppers, one repeat of each after the other.

    Args:
        steppers: warmed up here before the clock starts.
        timing: how many repeats, how long.

    Returns:
        For every stepper its rates, in the order of the repeats: those of one place in it were
        taken side by side.
    """
    steps = [_steps_lasting(stepper, timing.seconds) for stepper in steppers]
    before = [stepper.levels_begun() for stepper in steppers]
    rates: list[list[float]] = [[] for _ in steppers]
    for _ in range(timing.repeats):
        for stepper, count, found in zip(steppers, steps, rates, strict=True):
            found.append(count * stepper.batch / _seconds(stepper, count))
    after = [stepper.levels_begun() for stepper in steppers]
    begun = [None if a is None or b is None else a - b for a, b in zip(after, before, strict=True)]
    return [Rates(tuple(one), count) for one, count in zip(rates, begun, strict=True)]


def random_actions(num_actions: int, batch: int, dtype: Any = np.int64) -> Iterator[NDArray[Any]]:
    """Random actions of shape (batch,), drawn now, one row after the other and round again."""
    return itertools.cycle(drawn_actions(num_actions, batch, dtype))


def drawn_actions(num_actions: int, batch: int, dtype: Any = np.int64) -> list[NDArray[Any]]:
    """Rows of random actions, each of shape (batch,)."""
    rows = min(max(ROWS.start, DRAWN // batch), ROWS.stop)
    return list(np.random.default_rng(SEED).integers(num_actions, size=(rows, batch), dtype=dtype))


def _steps_lasting(stepper: Stepper, seconds: float) -> int:
    """How many steps last about so long; finding out is the warm-up."""
    stepper.run(1)  # compiles, or reads what was compiled
    steps, took = 1, _seconds(stepper, 1)
    while took < seconds / 2:
        # Not at one leap: the first steps are slower than those to come.
        steps = math.ceil(steps * min(8.0, 0.6 * seconds / max(took, 1e-9)))
        took = _seconds(stepper, steps)
    return max(1, round(steps * seconds / took))


def _seconds(stepper: Stepper, steps: int) -> float:
    began = time.perf_counter()
    stepper.run(steps)
    return time.perf_counter() - began
