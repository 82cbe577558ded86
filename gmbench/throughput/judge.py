"""Holds speeds against floors."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

from gmbench.errors import MissingPartError, UsageError
from gmbench.records import StepsPerSecond, Throughput
from gmbench.throughput.clock import USUAL_TIMING, Stepper, Timing, time_in_turn
from gmbench.throughput.document import FloorResult, Peer, Ratio, ThroughputReport, Verdict
from gmbench.throughput.floors import Floor, PeerSides, read_floors
from gmbench.throughput.measure import Progress, provenance, stated
from gmbench.throughput.peers import BareGames, Constant, Copies
from gmbench.throughput.setup import Setup

AnySide = TypeVar("AnySide", bound=Setup | BareGames)


def check(
    floors: str | os.PathLike[str],
    *,
    timing: Timing = USUAL_TIMING,
    progress: Progress | None = None,
) -> ThroughputReport:
    """Measure what a file of floors names, and hold it against them.

    Args:
        floors: the YAML file, see `gmbench.throughput.floors`.
        timing: how long to measure.
        progress: called after every floor.

    Raises:
        UsageError: the file has a mistake.
    """
    began, started = time.monotonic(), datetime.now(timezone.utc)
    rows = read_floors(floors)
    bench = _Bench(timing)
    results = []
    for done, row in enumerate(rows, start=1):
        try:
            results.append(bench.judged(row))
        except UsageError as error:
            raise UsageError(f"{os.fspath(floors)}: {row.name}: {error}") from error
        if progress is not None:
            progress(done, len(rows))
    return ThroughputReport(
        throughput=bench.found,
        floors=results,
        **provenance({"floors": Path(floors).name, **vars(timing)}, bench.found, began, started),
    )


@dataclass
class _Bench:
    """Where rows are measured.

    Attributes:
        timing: how long.
        found: everything of gmbench that has been timed.
    """

    timing: Timing
    found: list[Throughput] = field(default_factory=list)

    def judged(self, row: Floor) -> FloorResult:
        """What comes of one row."""
        marks: dict[str, Any] = {"name": row.name, "floor": row.floor, "aim": row.aim}
        config: Any = numba.config
        cores = int(config.NUMBA_NUM_THREADS)
        try:
            if row.threads > cores:
                raise MissingPartError(f"it takes {row.threads} cores, here numba has {cores}")
            setup = self._fastest(row.setups)
            measured, peer, ratio = self._compared(setup, row.peer)
        except MissingPartError as error:
            what = row.setups[0].words
            return FloorResult(what=what, verdict="absent", why=str(error), **marks)
        return FloorResult(
            what=setup.words,
            verdict=_verdict(row, ratio.median),
            measured=measured,
            peer=peer,
            ratio=ratio,
            **marks,
        )

    def _fastest(self, sides: Sequence[AnySide]) -> AnySide:
        """The side that makes the most steps a second; a single one is not measured."""
        if len(sides) == 1:
            return sides[0]
        medians: dict[AnySide, float] = {}
        unfit: list[MissingPartError] = []
        for side in sides:
            try:
                stepper = side.open()
            except MissingPartError as error:
                unfit.append(error)  # too large for this GPU; perhaps another is not
                continue
            with closing(stepper):
                rates = time_in_turn([stepper], self.timing)[0]
                if isinstance(side, Setup):
                    self.found.append(stated(side, stepper, rates))
            medians[side] = float(np.median(rates.values))
        if not medians:
            raise unfit[0]
        return max(medians, key=lambda side: medians[side])

    def _compared(
        self, setup: Setup, against: PeerSides | None
    ) -> tuple[Throughput, Peer | None, Ratio]:
        """A setup's speed, its peer, and their ratio; without a peer that is the speed itself."""
        with ExitStack() as stack:
            ours = stack.enter_context(closing(setup.open()))
            others: list[Stepper] = []
            if isinstance(against, Copies):
                ours.run(1)
                others, what = [against.open(ours)], against.words
            elif isinstance(against, tuple):
                side = self._fastest(cast(tuple[Setup | BareGames, ...], against))
                others, what = [stack.enter_context(closing(side.open()))], side.words
            rates, *theirs = time_in_turn([ours, *others], self.timing)
            measured = stated(setup, ours, rates)
        self.found.append(measured)
        if against is None:
            return measured, None, Ratio.of(rates.values)
        if isinstance(against, Constant):
            speed = StepsPerSecond.of([against.steps_per_second])
            peer = Peer(what=against.what, measured=against.measured, steps_per_second=speed)
            values = [one / against.steps_per_second for one in rates.values]
        else:
            speed = StepsPerSecond.of(theirs[0].values)
            peer = Peer(what=what, measured=None, steps_per_second=speed)
            values = [a / b for a, b in zip(rates.values, theirs[0].values, strict=True)]
        return measured, peer, Ratio.of(values)


def _verdict(row: Floor, figure: float) -> Verdict:
    if row.floor is None:
        return "reported"
    return "met" if figure >= row.floor else "missed"
