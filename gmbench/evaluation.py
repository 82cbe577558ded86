"""An agent and a suite in, a record and its raw table out."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path

from gmbench import registry
from gmbench.entrants import (
    AgentLike,
    agent_info,
    load_agents,
    refuse_all_stopped,
    seated,
    why_not,
)
from gmbench.episodes import Episodes, refuse_bad_table
from gmbench.errors import AgentStopped
from gmbench.metrics import Figure
from gmbench.protocols.run import PairRun
from gmbench.provenance import commit, hardware, software
from gmbench.records import (
    MIN_REPEATS,
    USUAL_PROTOCOL,
    Metric,
    PairResult,
    Record,
    Run,
    StepsPerSecond,
    SuiteInfo,
    Throughput,
)
from gmbench.rollout import Tick
from gmbench.sandbox.limits import Limits
from gmbench.sandbox.told import sandbox_info
from gmbench.suites import Suite, SuiteEntry, load_suite

Progress = Callable[[int, int], None]  # episodes done, episodes in all

__all__ = ["AgentLike", "agent_info", "evaluate", "load_agents", "why_not"]


def evaluate(
    agent: AgentLike | Mapping[str, AgentLike],
    suite: str | Path | Suite = "quick",
    *,
    levels: int | None = None,
    episodes: str | Path | None = None,
    trust: bool = False,
    sandbox: bool | Limits = False,
    progress: Progress | None = None,
) -> Record:
    """Evaluate an agent on a suite.

    Args:
        agent: an agent, an object with ``predict``, a file, a folder, ``"module:attribute"`` or
            ``"scripted:NAME"``; or a dictionary from pair names to these, one agent a pair.
        suite: a suite, its name, or a YAML file.
        levels: play this many levels of every pair instead of the suite's.
        episodes: where to write the raw table, ``.csv`` or ``.csv.gz``.
        trust: unpickle what the agent's file holds; it can then run any code.
        sandbox: let agents play in a sandbox each, with the usual limits or these. Files that
            gmbench's own loader does not know are unpickled there, trusted or not. One that does
            what is not allowed is stopped, and so are its pairs; the others play on.
        progress: called after every episode with how many are done and how many there are.

    Returns:
        The record; ``record.save(path)`` writes it.

    Raises:
        UsageError: bad input, in one line.
        AgentStopped: every agent was stopped by its sandbox.
        MissingPartError: a pair is played by the Procgen games, which are not installed, or lack a
            system library; or no sandbox can be made here.
    """
    began, started = time.monotonic(), datetime.now(timezone.utc)
    plan = suite if isinstance(suite, Suite) else load_suite(suite)
    if levels is not None:
        plan = plan.with_levels(levels)
    if episodes is not None:
        refuse_bad_table(episodes)  # before minutes of play rather than after them
    limits = Limits() if sandbox is True else sandbox or None
    stopped: dict[str, str] = {}
    agents = load_agents(agent, plan, trust=trust, limits=limits, stopped=stopped)
    protocol = registry.PROTOCOLS.load(plan.protocol)
    if hasattr(protocol, "refuse"):
        for entry in plan.entries:
            protocol.refuse(registry.WORLDS.load(entry.pair))
    reasons = {
        e.pair: stopped.get(e.pair) or why_not(agents.get(e.pair), e.pair, e.setting())
        for e in plan.entries
    }
    playable = [entry for entry in plan.entries if reasons[entry.pair] is None]
    total = sum(protocol.count_episodes(agents[e.pair], e, plan) for e in playable)
    tick = _ticker(progress, total)
    results, rows, speeds = [], [], []
    for entry in plan.entries:
        reason = reasons[entry.pair]
        if reason is None:
            try:
                with seated(agents[entry.pair]) as player:
                    run = protocol.run_pair(player, entry, plan, tick)
            except AgentStopped as error:
                reason = stopped[entry.pair] = str(error)
        if reason is not None:
            results.append(_without_figures(entry, reason, entry.pair in stopped))
            continue
        figures = protocol.figures(Episodes(tuple(run.episodes)), registry.pair(entry.pair))
        results.append(_result(run, entry, figures))
        rows += run.episodes
        speeds += _speed(run, entry, plan)
    refuse_all_stopped(agents, stopped)
    table = Episodes(tuple(rows))
    if episodes is not None:
        table.write(episodes)
    head, dirty = commit()
    return Record(
        protocol=None if plan.protocol == USUAL_PROTOCOL else plan.protocol,
        suite=SuiteInfo(name=plan.name, version=plan.version, digest=plan.digest),
        agent=agent_info(agents),
        results=results,
        throughput=speeds,
        software=software(),
        hardware=hardware(),
        run=Run(
            arguments={"levels": levels, "trust": trust, "suite": plan.to_json()},
            sandbox=sandbox_info(agents.values()),
            commit=head,
            dirty=dirty,
            seed=plan.seed,
            started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            seconds=round(time.monotonic() - began, 3),
        ),
        episodes_digest=table.digest,
    )


def _ticker(progress: Progress | None, total: int) -> Tick:
    """Counts episodes for the one who wants to know."""
    done = itertools.count(1)
    if progress is None:
        return lambda: None
    return lambda: progress(next(done), total)


def _without_figures(entry: SuiteEntry, reason: str, stopped: bool) -> PairResult:
    pair = registry.pair(entry.pair)
    return PairResult(
        pair=entry.pair,
        world_version=pair.world.version,
        score=pair.score,
        status="stopped" if stopped else "not_applicable",
        reason=reason,
        conditions=list(entry.conditions),
    )


def _result(run: PairRun, entry: SuiteEntry, figures: Mapping[str, Figure]) -> PairResult:
    pair = registry.pair(entry.pair)
    return PairResult(
        pair=entry.pair,
        world_version=pair.world.version,
        score=pair.score,
        episodes=sum(row.group == "" for row in run.episodes),
        levels=len(run.levels.numbers),
        conditions=list(entry.conditions),
        filtered=run.levels.rejected,
        level_shares=run.levels.shares,
        metrics={name: Metric(**figure.to_json()) for name, figure in figures.items()},
        details=run.details or None,
    )


def _speed(run: PairRun, entry: SuiteEntry, suite: Suite) -> list[Throughput]:
    """The evaluation's own speed, where it lasted long enough to state one."""
    rates = run.clock.rates
    if len(rates) < MIN_REPEATS:
        return []
    return [
        Throughput(
            scope="env+policy",
            pair=entry.pair,
            device="cpu",
            batch=suite.batch_size,
            threads=run.threads,
            steps_per_second=StepsPerSecond.of(rates),
            observation=run.observation,
            observation_bytes=run.observation_bytes,
            host_copy=True,
        )
    ]
