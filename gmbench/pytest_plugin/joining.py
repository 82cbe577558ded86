"""One record of a suite whose pairs were played one by one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gmbench import registry
from gmbench.entrants import joined_info
from gmbench.episodes import Episodes
from gmbench.pytest_plugin.options import Asked
from gmbench.pytest_plugin.playing import Place
from gmbench.records import PairResult, Record, SuiteInfo
from gmbench.suites import Suite, SuiteEntry

LEFT_OUT = "the pair was not selected in this run"


def joined(suite: Suite, folder: Path, asked: Asked) -> tuple[Record, Episodes] | None:
    """The record and the raw table of all that was played; None where nothing was.

    Pairs that were not selected, and those that the agent does not fit, are not applicable in it.

    Args:
        suite: as it was played.
        folder: of the run.
        asked: how it was called.
    """
    places = {entry.pair: Place(folder, suite, entry.pair) for entry in suite.entries}
    parts = {pair: part for pair, place in places.items() if (part := place.record) is not None}
    if not parts:
        return None
    tables = [Episodes.read(places[pair].file("csv.gz")) for pair in parts]
    episodes = Episodes(tuple(row for table in tables for row in table))
    first = next(iter(parts.values()))
    arguments = {"levels": asked.levels, "trust": asked.trust, "suite": suite.to_json()}
    run = first.run.model_copy(
        update={
            "arguments": arguments,
            "started": min(part.run.started for part in parts.values()),
            "seconds": round(sum(part.run.seconds for part in parts.values()), 3),
        }
    )
    record = first.model_copy(
        update={
            "suite": SuiteInfo(name=suite.name, version=suite.version, digest=suite.digest),
            "agent": joined_info({pair: part.agent for pair, part in parts.items()}),
            "results": [_result(entry, parts, places) for entry in suite.entries],
            "throughput": [speed for part in parts.values() for speed in part.throughput],
            "run": run,
            "episodes_digest": episodes.digest,
        }
    )
    return Record.parse(record.to_json()), episodes  # what is written has been read once


def _result(
    entry: SuiteEntry, parts: Mapping[str, Record], places: Mapping[str, Place]
) -> PairResult:
    if entry.pair in parts:
        return parts[entry.pair].results[0]
    pair, place = registry.pair(entry.pair), places[entry.pair]
    return PairResult(
        pair=entry.pair,
        world_version=pair.world.version,
        score=pair.score,
        status="not_applicable" if place.stopped is None else "stopped",
        reason=place.reason or place.error or LEFT_OUT,
        conditions=list(entry.conditions),
    )
