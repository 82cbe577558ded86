"""Networks whose weights have been shaken: is what they learned a valley or a ledge?"""

from __future__ import annotations

import copy
from dataclasses import replace

import torch

from gmbench.agents.base import Agent
from gmbench.agents.sb3 import SB3Agent


def has_weights(agent: Agent) -> bool:
    """Whether an agent's weights can be reached: those of Stable-Baselines3 can."""
    return isinstance(agent, SB3Agent)


def perturbed(agent: Agent, scale: float, draw: int) -> SB3Agent:
    """The agent with gaussian noise on every weight.

    Args:
        agent: one that `has_weights`; it is left as it is.
        scale: the noise's standard deviation, as a share of that of each tensor's own elements. A
            tensor whose elements are all equal stays.
        draw: which noise; the same draw at another scale is the same noise stretched.
    """
    assert isinstance(agent, SB3Agent)
    policy = copy.deepcopy(agent.policy)
    generator = torch.Generator().manual_seed(draw)
    with torch.no_grad():
        for _, weights in sorted(policy.named_parameters()):
            noise = torch.randn(weights.shape, generator=generator).to(weights)
            weights.add_(scale * weights.std(unbiased=False) * noise)
    spec = replace(agent.spec, name=f"{agent.spec.name} shaken by {scale:g}", digest=None)
    return SB3Agent(spec, policy, agent.normalization)
