"""Where a stranger's agent may run: in the sandbox, or, if somebody says so, beside us."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gmbench.errors import UsageError
from gmbench.evaluation import Progress, evaluate
from gmbench.records import Record
from gmbench.suites import Suite


def evaluated(
    agents: Mapping[str, str],
    suite: Suite,
    episodes: Path,
    *,
    sandbox: bool,
    progress: Progress | None = None,
) -> Record:
    """Evaluate a submission's agents.

    Args:
        agents: pair to the agent.
        suite: what is played.
        episodes: where the table is written.
        sandbox: whether the agents are kept in the sandbox.
        progress: called after every episode.

    Returns:
        The record; results of agents that could not play, or were stopped, have a reason.

    Raises:
        UsageError: the sandbox is asked for, and this gmbench has none.
        AgentError: no agent could be played to its end.
        MissingPartError: no sandbox can be made on this machine.
    """
    arguments: dict[str, Any] = {"episodes": episodes, "progress": progress}
    if sandbox:
        if not has_sandbox():
            raise UsageError(
                "this gmbench has no sandbox to run strangers' agents in; update it, or give"
                " --no-sandbox for agents that you made yourself"
            )
        arguments["sandbox"] = True
    return evaluate(dict(agents), suite, **arguments)


def has_sandbox() -> bool:
    """Whether `gmbench.evaluation.evaluate` can keep agents in a sandbox."""
    return "sandbox" in inspect.signature(evaluate).parameters
