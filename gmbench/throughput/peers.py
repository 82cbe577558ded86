"""What a pair's speed is held against: the bare games, a copy of the same bytes, a figure."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.abstract import BUFFERS
from gmbench.procgen.wheel import ACTIONS, FRAME, make_games
from gmbench.throughput import gpu
from gmbench.throughput.clock import Stepper, random_actions


@dataclass(frozen=True)
class BareGames:
    """The stock Procgen games, without anything of gmbench around them.

    Attributes:
        game: its name in Procgen.
        mode: "easy" or "hard".
        batch: games stepped at once.
        threads: of Procgen's own.
    """

    game: str
    mode: str
    batch: int
    threads: int

    @property
    def words(self) -> str:
        """It, for a table's row."""
        return f"bare Procgen {self.game} {self.mode}, batch {self.batch}, threads {self.threads}"

    def open(self) -> Stepper:
        """Start the games.

        Raises:
            MissingPartError: they are not installed.
        """
        games = make_games(self.game, self.batch, self.mode, threads=self.threads)

        def step(actions: NDArray[Any]) -> object:
            games.act(actions)
            return games.observe()[1]["rgb"]

        return Stepper(
            step=step,
            batch=self.batch,
            obs="rgb",
            observation_bytes=int(np.prod(FRAME)),
            actions=random_actions(ACTIONS, self.batch, np.int32),
            threads=self.threads,
            close=games.close,
        )


@dataclass(frozen=True)
class Constant:
    """A speed measured elsewhere, of something that cannot be installed beside gmbench.

    Attributes:
        steps_per_second: the figure.
        what: whose it is.
        measured: the date, as in "2026-01-31".
    """

    steps_per_second: float
    what: str
    measured: str


@dataclass(frozen=True)
class Copies:
    """A copy of the very observations that the measured side writes, where they lie.

    On a processor ``memcpy`` on one core, on a GPU the card's own. The copies go round as many
    buffers as the engine's observations do, so that both write to memory that was last touched
    equally long ago.
    """

    words: ClassVar[str] = "memcpy of the same observations"

    def open(self, measured: Stepper) -> Stepper:
        """Copy what the measured side's last step showed."""
        shown = measured.last[0]
        copy = _copier(shown) if measured.host_copy else gpu.copier(shown, BUFFERS)
        return Stepper(
            step=copy,
            batch=measured.batch,
            obs=measured.obs,
            observation_bytes=measured.observation_bytes,
            actions=itertools.repeat(None),
            threads=1,
            finish=measured.finish,
        )


def _copier(shown: NDArray[np.uint8]) -> Callable[[object], object]:
    source = np.ascontiguousarray(shown).copy()
    targets = [np.empty_like(source) for _ in range(BUFFERS)]
    # An address keeps no array alive; these pairs do, for as long as the function is there.
    places = itertools.cycle([(target, target.ctypes.data) for target in targets])
    start = source.ctypes.data

    def copy(_: object) -> tuple[NDArray[np.uint8]]:
        target, place = next(places)
        ctypes.memmove(place, start, source.nbytes)
        return (target,)

    return copy
