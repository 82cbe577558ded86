"""An agent's zip: what is needed to act, and nothing else."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from stable_baselines3.common.base_class import BaseAlgorithm

from gmbench.atomic import refuse_bad_target, write_bytes
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
# Where in memory a function lay: Stable-Baselines3 writes so of the methods of classes, for people.
# The safe loader reads the names before it, so that something has to stand there.
_ADDRESS: Final = re.compile(rb" at 0x[0-9a-fA-F]+>")
_NOWHERE: Final = b" at 0x0>"


def save_agent(model: BaseAlgorithm, path: str | os.PathLike[str]) -> None:
    """Write what is needed to act, whole or not at all.

    The zip holds no optimizer state, no observations, no replay buffer and no path of this machine;
    Stable-Baselines3 loads it like any other. Nothing in it tells when or in which process it was
    written, so that equal trainings on equal software give equal bytes.

    Raises:
        UsageError: the file cannot be written, or its name does not end in .zip.
    """
    target, whole = refuse_bad_agent_path(path), io.BytesIO()
    with _without_moments(model):
        model.save(whole, exclude=_NOT_NEEDED)
    write_bytes(target, _timeless(whole))


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


def _timeless(found: io.BytesIO) -> bytes:
    """The same zip without what differs from one run to the next: dates and addresses."""
    anew = io.BytesIO()
    with zipfile.ZipFile(found) as old, zipfile.ZipFile(anew, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename == "data":
                content = _ADDRESS.sub(_NOWHERE, content)
            kept = zipfile.ZipInfo(member.filename)  # of the first date that a zip can tell
            kept.external_attr = member.external_attr
            new.writestr(kept, content)
    return anew.getvalue()
