"""`rank`: from everything in the repository to ``ranking.json``; equal input gives equal bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gmbench import registry
from gmbench.leaderboard.document import Ranking
from gmbench.leaderboard.entry import SCRIPTED, Entry, Play
from gmbench.leaderboard.parts import part_digest
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.ranks import RESAMPLES
from gmbench.leaderboard.rows import (
    Across,
    AgentRow,
    Earned,
    EntryRow,
    Named,
    PairInfo,
    PairRow,
    Settings,
    SuiteEntryInfo,
    SuiteInfo,
)
from gmbench.leaderboard.sources import entries
from gmbench.leaderboard.standing import CAPABLE_FROM, FEWEST_SEEDS, Standing, standings
from gmbench.leaderboard.tables import INCAPABLE, boards, rounded
from gmbench.leaderboard.tracks import STATUSES, TRACKS
from gmbench.leaderboard.verified import findings_file
from gmbench.levels import stable_hash
from gmbench.metrics.intervals import CONFIDENCE
from gmbench.metrics.seeds import FEWEST_SEEDS as FEWEST_FOR_INTERVAL
from gmbench.metrics.seeds import across_seeds, iqms
from gmbench.records import PairResult
from gmbench.suites import Suite


def rank(board: Places, jobs: int = 1) -> Ranking:
    """The ranking of a repository's board.

    Args:
        board: where it lies.
        jobs: processes that read the tables of a large board, spawned; the ranking is the same.

    Raises:
        UsageError: an entry cannot be read; names it.
    """
    every = sorted(entries(board), key=lambda one: one.entry)
    found = standings(every, jobs)
    suites = {play.suite.name: play.suite for one in every for play in one.plays}
    known = [suites[name] for name in sorted(suites)]
    played = sorted({one.pair for one in found} | {e.pair for s in known for e in s.entries})
    of_entry: dict[str, list[Standing]] = {}
    for one in found:
        of_entry.setdefault(one.entry.entry, []).append(one)
    return Ranking(
        settings=Settings(
            resamples=RESAMPLES,
            confidence=CONFIDENCE,
            capable_from=CAPABLE_FROM,
            fewest_seeds_for_track=FEWEST_SEEDS,
            fewest_seeds_for_interval=FEWEST_FOR_INTERVAL,
            incapable=dict(INCAPABLE),
        ),
        tracks=[Named(name=name, summary=summary) for name, summary in TRACKS.items()],
        statuses=[Named(name=name, summary=summary) for name, summary in STATUSES.items()],
        suites=[_suite(suite) for suite in known],
        pairs=[_pair(name) for name in played],
        entries=[_entry(board, one, of_entry[one.entry]) for one in every],
        boards=[tables for suite in known for tables in boards(suite, found)],
    )


def _suite(suite: Suite) -> SuiteInfo:
    return SuiteInfo(
        name=suite.name,
        version=suite.version,
        digest=suite.digest,
        summary=suite.summary,
        deterministic=suite.deterministic,
        pairs=[
            SuiteEntryInfo(
                pair=entry.pair,
                digest=part_digest(suite, entry.pair),
                levels=entry.levels,
                conditions=list(entry.conditions),
                parameters=dict(entry.parameters),
                mode=entry.mode,
            )
            for entry in suite.entries
        ],
    )


def _pair(name: str) -> PairInfo:
    pair = registry.pair(name)
    world = pair.world
    return PairInfo(
        name=name,
        world_version=world.version,
        family=world.family,
        goal=world.goal,
        proxy=world.proxy,
        differs=pair.differs,
        ranks=pair.ranks,
        ranked=pair.ranked,
        train=pair.train,
        tests=list(pair.tests),
        conditions=[Named(name=c.name, summary=c.summary) for c in world.conditions],
    )


def _entry(board: Places, entry: Entry, found: Sequence[Standing]) -> EntryRow:
    folder = board.submissions / entry.entry if entry.source == "submission" else None
    return EntryRow(
        entry=entry.entry,
        source=entry.source,
        role=entry.role,
        name=entry.name,
        authors=list(entry.authors),
        link=entry.link,
        licence=entry.licence,
        algorithm=entry.algorithm,
        claims=entry.track,
        status=entry.status(),
        folder=None if folder is None else board.relative(folder),
        pairs=[_pair_row(board, one) for one in found],
    )


def _pair_row(board: Places, one: Standing) -> PairRow:
    entry, pair = one.entry, one.pair
    recipe = entry.recipes.get(pair)
    file = board.relative(findings_file(board.verified, entry.entry))
    return PairRow(
        pair=pair,
        suite=one.plays[0].suite.name,
        part=one.part,
        status=one.status,
        stands_in=one.track,
        recipe=None if recipe is None else board.relative(recipe),
        capable=one.capable,
        train_success_low=rounded(one.skill),
        score=rounded(one.score),
        across=_across(pair, [play.result for play in one.plays]),
        agents=[_agent(board, play) for play in one.plays],
        earned=[
            Earned(
                status=f.status,
                passed=f.passed,
                why=f.why,
                date=f.date,
                gmbench=f.software.gmbench,
                sandbox=f.sandbox,
                equal=f.equal,
                seeds=f.seeds,
                comparisons=f.comparisons,
                file=file,
            )
            for f in entry.current(pair)
        ],
    )


def _across(pair: str, results: Sequence[PairResult]) -> dict[str, Across]:
    """The spread of every figure that each agent has."""
    told: dict[str, list[float]] = {}
    for name in results[0].metrics:
        metrics = [result.metrics.get(name) for result in results]
        values = [m.value for m in metrics if m is not None and m.value is not None]
        if len(values) == len(results):
            told[name] = values
    if not told:
        return {}
    middles, found = iqms(np.array(list(told.values()))), {}
    for (name, values), middle in zip(told.items(), middles, strict=True):
        low, high = _interval(pair, name, values)
        found[name] = Across(
            values=values,
            smallest=min(values),
            largest=max(values),
            middle=rounded(float(middle)) or 0.0,
            low=rounded(low),
            high=rounded(high),
        )
    return found


def _interval(pair: str, figure: str, values: Sequence[float]) -> tuple[float | None, float | None]:
    """The interval of the middle, where there are enough seeds for one."""
    if len(values) < FEWEST_FOR_INTERVAL:
        return None, None
    middle = across_seeds(values, np.random.default_rng(stable_hash("across", pair, figure))).middle
    return middle.low, middle.high


def _agent(board: Places, play: Play) -> AgentRow:
    scripted = play.agent.startswith(SCRIPTED)
    return AgentRow(
        seed=play.seed,
        agent=play.agent if scripted else board.relative(Path(play.agent)),
        digest=play.digest,
        record=board.relative(play.record),
        episodes=board.relative(play.episodes),
        curve=None if play.curve is None else board.relative(play.curve),
        metrics=dict(play.result.metrics),
        throughput=list(play.throughput),
    )
