"""Who plays what in a suite: agents loaded, seated in sandboxes where asked for, and named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.fitting import observation_for
from gmbench.agents.load import load_agent
from gmbench.errors import AgentError, AgentStopped, UsageError
from gmbench.records import AgentInfo
from gmbench.sandbox.agent import SCRIPTED, SandboxedAgent, sandboxed
from gmbench.sandbox.limits import Limits
from gmbench.stages.base import Setting
from gmbench.suites import Suite

AgentLike = Any  # an Agent, something with predict(), or what load_agent takes


def load_agents(
    agent: AgentLike | Mapping[str, AgentLike],
    suite: Suite,
    *,
    trust: bool = False,
    limits: Limits | None = None,
    stopped: dict[str, str] | None = None,
) -> dict[str, Agent]:
    """The agent of every pair of a suite that has one; what is given twice is loaded once.

    Args:
        agent: as `evaluate` takes it.
        suite: whose pairs are asked for.
        trust: as `evaluate` takes it.
        limits: of the sandboxes that agents play in; None for none.
        stopped: gets the pairs whose agents were stopped when they were loaded, and why.

    Raises:
        AgentStopped: every agent was.
        UsageError: no agent, a pair that the suite does not have, or an agent that fits no pair.
    """
    names = {entry.pair: entry.setting() for entry in suite.entries}
    given = agent if isinstance(agent, Mapping) else dict.fromkeys(names, agent)
    if not given:
        raise UsageError("no agent was given; name one for at least one pair")
    loaded: dict[int | str, Agent | AgentStopped] = {}
    agents = {}
    stopped = {} if stopped is None else stopped
    for name, source in given.items():
        if name not in names:
            raise UsageError(f"suite {suite.name} has no pair {name}; it has {', '.join(names)}")
        key = str(source) if isinstance(source, str | Path) else id(source)
        if key not in loaded:
            loaded[key] = _loaded(source, trust, limits)
        found = loaded[key]
        if isinstance(found, AgentStopped):
            stopped[name] = str(found)
        else:
            agents[name] = found
    refuse_all_stopped(agents, stopped)
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
    infos = {id(agent): _info(agent) for agent in agents.values()}
    return _joined(list(infos.values()), {pair: infos[id(one)] for pair, one in agents.items()})


def joined_info(agents: Mapping[str, AgentInfo]) -> AgentInfo:
    """The part of a record that is put together of several: pair to the part of its own record."""
    different: list[AgentInfo] = []
    for agent in agents.values():
        different += [] if agent in different else [agent]
    return _joined(different, agents)


def _info(agent: Agent) -> AgentInfo:
    spec = agent.spec
    return AgentInfo(
        name=spec.name,
        kind=spec.kind,
        algorithm=spec.algorithm,
        digest=spec.digest,
        recurrent=spec.recurrent,
        details=dict(spec.details),
    )


def _joined(different: Sequence[AgentInfo], by_pair: Mapping[str, AgentInfo]) -> AgentInfo:
    if len(different) == 1:
        return different[0]
    algorithms = {agent.algorithm for agent in different}
    return AgentInfo(
        name=" + ".join(agent.name for agent in different),
        kind="several",
        algorithm=algorithms.pop() if len(algorithms) == 1 else None,
        digest=None,
        recurrent=any(agent.recurrent for agent in different),
        details={"agents": {pair: _told_apart(agent) for pair, agent in by_pair.items()}},
    )


def _told_apart(agent: AgentInfo) -> dict[str, Any]:
    """An agent's name, and the digests of its files."""
    scaled = {key: agent.details[key] for key in ("normalization",) if key in agent.details}
    return {"name": agent.name, "digest": agent.digest, **scaled}


def _loaded(source: AgentLike, trust: bool, limits: Limits | None) -> Agent | AgentStopped:
    own = isinstance(source, str) and source.startswith(SCRIPTED)
    if limits is None or own:
        return source if isinstance(source, Agent) else load_agent(source, trust=trust)
    try:
        return sandboxed(source, limits=limits, trust=trust or None)
    except AgentStopped as error:
        return error


@contextmanager
def seated(agent: Agent) -> Iterator[Agent]:
    """The agent for one pair; of one in a sandbox nothing runs on behind it."""
    if not isinstance(agent, SandboxedAgent):
        yield agent
        return
    with agent:
        agent.start()  # it loads while levels are looked for
        yield agent


def refuse_all_stopped(agents: Mapping[str, Agent], stopped: Mapping[str, str]) -> None:
    """End it where no agent behaved."""
    bad = [agents.get(pair) for pair in stopped]
    if stopped and all(any(agent is other for other in bad) for agent in agents.values()):
        raise AgentStopped(next(iter(stopped.values())))
