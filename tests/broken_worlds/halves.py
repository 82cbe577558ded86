"""The field, but half a reward for the cheese: a float, which no world may have."""

from __future__ import annotations

from broken_worlds.field import *  # noqa: F403
from broken_worlds.field import step as whole_step

from gmbench.engine.rules import rule


@rule
def step(state, scratch, action):
    """As the field's, at half the reward."""
    reward, events = whole_step(state, scratch, action)
    return reward / 2, events
