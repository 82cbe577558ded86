"""An agent's zip: what is needed to act, and nothing else."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from stable_baselines3.common.base_class import BaseAlgorithm

from gmbench.atomic import refuse_bad_target, replacing
from gmbench.errors import UsageError

RECIPE: Final = "gmbench_recipe"  # the member of a zip's data that says how the agent was trained

# Observations, what episodes brought, where and when it was trained.
_NOT_NEEDED: Final = (
    "_last_obs",
    "_last_original_obs",
    "_last_episode_starts",
    "_last_lstm_states",
    "ep_info_buffer",
    "ep_success_buffer",
    "start_time",
    "tensorboard_log",
)


def save_agent(model: BaseAlgorithm, path: str | os.PathLike[str]) -> None:
    """Write what is needed to act, whole or not at all.

    The zip holds no optimizer state, no observations, no replay buffer and no path of this machine;
    Stable-Baselines3 loads it like any other.

    Raises:
        UsageError: the file cannot be written, or its name does not end in .zip.
    """
    with replacing(refuse_bad_agent_path(path)) as draft, _without_moments(model):
        model.save(draft, exclude=_NOT_NEEDED)


def refuse_bad_agent_path(path: str | os.PathLike[str]) -> Path:
    """Refuse a path to which no agent can be written, without writing.

    Raises:
        UsageError: the file could not be written, or its name does not end in .zip.
    """
    if not os.fspath(path).endswith(".zip"):
        raise UsageError(f"{os.fspath(path)}: an agent's name ends in .zip")
    refuse_bad_target(path)
    return Path(path)


@contextmanager
def _without_moments(model: BaseAlgorithm) -> Iterator[None]:
    """The model with an optimizer that has seen no gradient yet, until the block ends."""
    optimizer: Any = model.policy.optimizer
    moments = optimizer.state
    optimizer.state = defaultdict(dict)
    try:
        yield
    finally:
        optimizer.state = moments
