"""One record of several: what agents of one seed did on their pairs, as of one evaluation.

Cells of a sweep are evaluated each on its own pair. An entry of a suite is played the same alone
and among others, so the results and the episodes of the parts are those of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gmbench import registry
from gmbench.entrants import joined_info
from gmbench.episodes import Episodes
from gmbench.errors import SubmissionError
from gmbench.leaderboard.parts import part
from gmbench.records import PairResult, Record, Run, SuiteInfo
from gmbench.suites import Suite

Part = tuple[Record, Episodes]


def merged(suite: Suite, parts: Mapping[str, Part]) -> Part:
    """The record and the episodes of a seed's agents on a suite.

    Args:
        suite: a shipped one.
        parts: pair to record and episodes of its agent, each of the suite or of the pair alone.

    Raises:
        SubmissionError: a record is of something else.
    """
    for pair, (record, _) in parts.items():
        known = (suite.digest, part(suite, pair).digest)
        if record.protocol is not None or record.suite.digest not in known:
            raise SubmissionError(
                f"the record of {pair} is of suite {record.suite.name}, not of {suite.name} as it"
                " is here; evaluate the agent anew (leaderboard add --pair)"
            )
    rows = [row for pair in _order(suite, parts) for row in parts[pair][1] if row.pair == pair]
    table = Episodes(tuple(rows))
    first = next(iter(parts.values()))[0]
    record = Record(
        suite=SuiteInfo(name=suite.name, version=suite.version, digest=suite.digest),
        agent=joined_info({pair: record.agent for pair, (record, _) in parts.items()}),
        results=[_result(suite, entry.pair, parts) for entry in suite.entries],
        throughput=[
            one
            for pair, (record, _) in parts.items()
            for one in record.throughput
            if one.pair in (pair, None)
        ],
        software=first.software,
        hardware=first.hardware,
        run=_run(suite, {pair: record for pair, (record, _) in parts.items()}),
        episodes_digest=table.digest,
    )
    return record, table


def _order(suite: Suite, parts: Mapping[str, Part]) -> list[str]:
    return [entry.pair for entry in suite.entries if entry.pair in parts]


def _result(suite: Suite, pair: str, parts: Mapping[str, Part]) -> PairResult:
    if pair in parts:
        return next(result for result in parts[pair][0].results if result.pair == pair)
    (entry,) = part(suite, pair).entries
    known = registry.pair(pair)
    return PairResult(
        pair=pair,
        world_version=known.world.version,
        score=known.score,
        status="not_applicable",
        reason="no agent was given for this pair",
        conditions=list(entry.conditions),
    )


def _run(suite: Suite, records: Mapping[str, Record]) -> Run:
    """The first evaluation's, with what each part was run by beside it."""
    runs = {pair: record.run for pair, record in records.items()}
    commits = {run.commit for run in runs.values()}
    dirty = [run.dirty for run in runs.values()]
    arguments: dict[str, Any] = {"levels": None, "trust": False, "suite": suite.to_json()}
    arguments["parts"] = {
        pair: {
            "run": {**record.run.model_dump(mode="json"), "arguments": {}},
            "software": record.software.model_dump(mode="json"),
            "hardware": record.hardware.model_dump(mode="json"),
        }
        for pair, record in records.items()
    }
    return Run(
        arguments=arguments,
        commit=commits.pop() if len(commits) == 1 else None,
        dirty=None if None in dirty else any(dirty),
        seed=suite.seed,
        started=min(run.started for run in runs.values()),
        seconds=round(sum(run.seconds for run in runs.values()), 3),
    )
