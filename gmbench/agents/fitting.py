"""Which of a world's observations an agent is shown: the cheapest that it fits."""

from __future__ import annotations

from types import ModuleType

from gmbench.agents.base import Agent, channels_first, fit
from gmbench.agents.scripted import ScriptedAgent
from gmbench.errors import AgentError
from gmbench.stages.base import Setting, Spaces, no_such_role
from gmbench.stages.open import offers


def observation_for(agent: Agent, module: ModuleType, setting: Setting) -> str:
    """The kind of observation that an agent is shown of a world.

    It follows from the agent's own observation space. An agent that names none, a scripted one
    too, is shown the cheapest: grids of native worlds, pictures of Procgen's.

    Raises:
        AgentError: the agent fits no observation of the world, which it was trained for or not, or
            the world has no such scripted agent.
        UsageError: the setting does not fit the world.
    """
    if isinstance(agent, ScriptedAgent) and not agent.plays(module.PAIR):
        raise no_such_role(module.PAIR, agent.role)
    offered = offers(module, setting)

    def unlike(kind: str) -> bool:
        return not _same_shape(agent, offered[kind])

    refusals = []
    for kind in sorted(offered, key=unlike):  # a refusal of what comes nearest says most
        try:
            fit(agent.spec, *offered[kind])
        except AgentError as error:
            refusals.append(error)
        else:
            return kind
    raise refusals[0]


def _same_shape(agent: Agent, world: Spaces) -> bool:
    own, shape = agent.spec.observation_space, world[0].shape
    return own is None or own.shape in (shape, channels_first(shape))
