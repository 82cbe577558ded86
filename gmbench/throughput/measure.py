"""Measures pairs, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, Final, cast

from gmbench import registry
from gmbench.errors import MissingPartError, UsageError
from gmbench.provenance import commit, hardware, software
from gmbench.records import Run, Scope, StepsPerSecond, Throughput
from gmbench.throughput.clock import (
    SEED,
    USUAL_TIMING,
    Rates,
    Stepper,
    Timing,
    time_in_turn,
)
from gmbench.throughput.document import ThroughputReport
from gmbench.throughput.setup import Setup

# By family: a game of Procgen takes megabytes and milliseconds, a slot of a native world neither.
BATCHES: Final = {"procgen": (64,), "native": (32, 1024, 4096)}
GPU_BATCHES: Final = (1024, 4096, 16_384, 65_536, 262_144)

Progress = Callable[[int, int], None]  # measurements done, measurements in all


def measure(
    pairs: Sequence[str] | None = None,
    batches: Sequence[int] | None = None,
    *,
    scope: str = "env",
    obs: str = "",
    tile: int | None = None,
    device: str = "cpu",
    threads: int | None = None,
    timing: Timing = USUAL_TIMING,
    progress: Progress | None = None,
) -> ThroughputReport:
    """How many steps a second pairs are stepped at.

    Args:
        pairs: their names; None for all that are registered, of which those that cannot be stepped
            so are skipped with a reason.
        batches: how many environments at once; None for a few that suit the family and the device.
        scope: see `Setup`, as for the next four.
        obs: kind of observation.
        tile: pixels of a cell.
        device: "cpu" or "cuda".
        threads: of the engine.
        timing: how long to measure.
        progress: called after every measurement.

    Raises:
        UsageError: bad input, in one line.
        MissingPartError: a pair was named whose games are not installed.
    """
    began, started = time.monotonic(), datetime.now(timezone.utc)
    names = registry.pairs() if pairs is None else tuple(dict.fromkeys(pairs))
    how = Setup("", 0, scope, obs, tile, device, threads)
    setups = [
        replace(how, pair=name, batch=batch)
        for name in names
        for batch in _batches(name, batches, how)
    ]
    found: list[Throughput] = []
    skipped: dict[str, str] = {}
    for done, setup in enumerate(setups, start=1):
        try:
            found.append(_measured(setup, timing))
        except (UsageError, MissingPartError) as error:
            if pairs is not None:
                raise
            skipped[setup.pair] = str(error)
        if progress is not None and found:  # where nothing can be stepped, one line says so
            progress(done, len(setups))
    if not found:
        raise UsageError(next(iter(skipped.values())))
    arguments = {
        "pairs": None if pairs is None else list(names),
        "batches": None if batches is None else list(batches),
        **{key: value for key, value in vars(how).items() if key not in ("pair", "batch")},
        **vars(timing),
    }
    return ThroughputReport(
        throughput=found, skipped=skipped, **provenance(arguments, found, began, started)
    )


def _batches(pair: str, wanted: Sequence[int] | None, how: Setup) -> Sequence[int]:
    if wanted is not None:
        return tuple(dict.fromkeys(wanted))
    if how.device == "cuda":
        return GPU_BATCHES
    return BATCHES.get(registry.pair(pair).world.family, BATCHES["native"])


def _measured(setup: Setup, timing: Timing) -> Throughput:
    with closing(setup.open()) as stepper:
        return stated(setup, stepper, time_in_turn([stepper], timing)[0])


def stated(setup: Setup, stepper: Stepper, rates: Rates) -> Throughput:
    """What a record says of a setup's speed."""
    return Throughput(
        scope=cast(Scope, setup.scope),
        pair=setup.pair,
        device=stepper.device,
        driver=stepper.driver,
        batch=stepper.batch,
        threads=stepper.threads,
        steps_per_second=StepsPerSecond.of(rates.values),
        levels_begun=rates.levels_begun,
        observation=stepper.obs,
        observation_bytes=stepper.observation_bytes,
        host_copy=stepper.host_copy,
    )


def provenance(
    arguments: Mapping[str, Any], found: Sequence[Throughput], began: float, started: datetime
) -> dict[str, Any]:
    """The parts of a report on where it comes from: ``software``, ``hardware``, ``run``.

    Args:
        arguments: passed and defaulted alike.
        found: what was timed; it tells of the GPU.
        began: `time.monotonic` at the beginning.
        started: the same moment, UTC.
    """
    head, dirty = commit()
    gpu = next((one.device for one in found if one.device != "cpu"), None)
    return {
        "software": software(),
        "hardware": hardware().model_copy(update={"gpu": gpu}),
        "run": Run(
            arguments=dict(arguments),
            commit=head,
            dirty=dirty,
            seed=SEED,
            started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            seconds=round(time.monotonic() - began, 3),
        ),
    }
