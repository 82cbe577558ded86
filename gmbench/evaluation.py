"""An agent and a suite in, a record and its raw table out."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.fitting import observation_for
from gmbench.agents.load import load_agent
from gmbench.episodes import Episodes, refuse_bad_table
from gmbench.errors import AgentError, UsageError
from gmbench.metrics import Figure
from gmbench.protocols.run import PairRun
from gmbench.provenance import commit, hardware, software
from gmbench.records import (
    MIN_REPEATS,
    USUAL_PROTOCOL,
    AgentInfo,
    Metric,
    PairResult,
    Record,
    Run,
    StepsPerSecond,
    SuiteInfo,
    Throughput,
)
from gmbench.rollout import Tick
from gmbench.stages.base import Setting
from gmbench.suites import Suite, SuiteEntry, load_suite

Progress = Callable[[int, int], None]  # episodes done, episodes in all
AgentLike = Any  # an Agent, something with predict(), or what load_agent takes


def evaluate(
    agent: AgentLike | Mapping[str, AgentLike],
    suite: str | Path | Suite = "quick",
    *,
    levels: int | None = None,
    episodes: str | Path | None = None,
    trust: bool = False,
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
        progress: called after every episode with how many are done and how many there are.

    Returns:
        The record; ``record.save(path)`` writes it.

    Raises:
        UsageError: bad input, in one line.
        MissingPartError: a pair is played by the Procgen games, which are not installed, or lack a
            system library.
    """
    began, started = time.monotonic(), datetime.now(timezone.utc)
    plan = suite if isinstance(suite, Suite) else load_suite(suite)
    if levels is not None:
        plan = plan.with_levels(levels)
    if episodes is not None:
        refuse_bad_table(episodes)  # before minutes of play rather than after them
    agents = load_agents(agent, plan, trust=trust)
    protocol = registry.PROTOCOLS.load(plan.protocol)
    if hasattr(protocol, "refuse"):
        for entry in plan.entries:
            protocol.refuse(registry.WORLDS.load(entry.pair))
    reasons = {e.pair: why_not(agents.get(e.pair), e.pair, e.setting()) for e in plan.entries}
    playable = [entry for entry in plan.entries if reasons[entry.pair] is None]
    total = sum(protocol.count_episodes(agents[e.pair], e, plan) for e in playable)
    tick = _ticker(progress, total)
    results, rows, speeds = [], [], []
    for entry in plan.entries:
        reason = reasons[entry.pair]
        if reason is not None:
            results.append(_not_applicable(entry, reason))
            continue
        run = protocol.run_pair(agents[entry.pair], entry, plan, tick)
        figures = protocol.figures(Episodes(tuple(run.episodes)), registry.pair(entry.pair))
        results.append(_result(run, entry, figures))
        rows += run.episodes
        speeds += _speed(run, entry, plan)
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
            commit=head,
            dirty=dirty,
            seed=plan.seed,
            started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            seconds=round(time.monotonic() - began, 3),
        ),
        episodes_digest=table.digest,
    )


def load_agents(
    agent: AgentLike | Mapping[str, AgentLike], suite: Suite, *, trust: bool = False
) -> dict[str, Agent]:
    """The agent of every pair of a suite that has one; what is given twice is loaded once.

    Raises:
        UsageError: no agent, a pair that the suite does not have, or an agent that fits no pair.
    """
    names = {entry.pair: entry.setting() for entry in suite.entries}
    given = agent if isinstance(agent, Mapping) else dict.fromkeys(names, agent)
    if not given:
        raise UsageError("no agent was given; name one for at least one pair")
    loaded: dict[int | str, Agent] = {}
    agents = {}
    for name, source in given.items():
        if name not in names:
            raise UsageError(f"suite {suite.name} has no pair {name}; it has {', '.join(names)}")
        key = str(source) if isinstance(source, str | Path) else id(source)
        if key not in loaded:
            loaded[key] = _loaded(source, trust)
        agents[name] = loaded[key]
    reasons = [why_not(one, name, names[name]) for name, one in agents.items()]
    if all(reasons):
        raise AgentError(reasons[0])
    return agents


def why_not(agent: Agent | None, pair: str, setting: Setting) -> str | None:
    """Why an agent cannot play a pair in a setting, None if it can.

    Raises:
        UsageError: the setting does not fit the pair.
    """
    if agent is None:
        return "no agent was given for this pair"
    try:
        observation_for(agent, registry.WORLDS.load(pair), setting)
    except AgentError as error:
        return str(error)
    return None


def agent_info(agents: Mapping[str, Agent]) -> AgentInfo:
    """The record's part on who played; several agents are told apart under ``details``."""
    different = list({id(agent): agent for agent in agents.values()}.values())
    if len(different) == 1:
        spec = different[0].spec
        return AgentInfo(
            name=spec.name,
            kind=spec.kind,
            algorithm=spec.algorithm,
            digest=spec.digest,
            recurrent=spec.recurrent,
            details=dict(spec.details),
        )
    algorithms = {agent.spec.algorithm for agent in different}
    return AgentInfo(
        name=" + ".join(agent.spec.name for agent in different),
        kind="several",
        algorithm=algorithms.pop() if len(algorithms) == 1 else None,
        digest=None,
        recurrent=any(agent.spec.recurrent for agent in different),
        details={
            "agents": {
                pair: {"name": agent.spec.name, "digest": agent.spec.digest}
                for pair, agent in agents.items()
            }
        },
    )


def _loaded(source: AgentLike, trust: bool) -> Agent:
    return source if isinstance(source, Agent) else load_agent(source, trust=trust)


def _ticker(progress: Progress | None, total: int) -> Tick:
    """Counts episodes for the one who wants to know."""
    done = itertools.count(1)
    if progress is None:
        return lambda: None
    return lambda: progress(next(done), total)


def _not_applicable(entry: SuiteEntry, reason: str) -> PairResult:
    pair = registry.pair(entry.pair)
    return PairResult(
        pair=entry.pair,
        world_version=pair.world.version,
        score=pair.score,
        status="not_applicable",
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
