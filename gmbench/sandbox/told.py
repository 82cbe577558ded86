"""What a record says of the sandbox that agents played in."""

from __future__ import annotations

from collections.abc import Iterable

from gmbench.agents.base import Agent
from gmbench.records import SandboxInfo
from gmbench.sandbox.agent import SandboxedAgent
from gmbench.sandbox.command import bubblewrap


def sandbox_info(agents: Iterable[Agent]) -> SandboxInfo | None:
    """The record's part on the sandbox, None where nobody played in one."""
    inside = {id(one): one for one in agents if isinstance(one, SandboxedAgent) and one.memory}
    if not inside:
        return None
    watched = any(one.memory == "watch" for one in inside.values())
    return SandboxInfo(
        bubblewrap=".".join(map(str, bubblewrap()[1])),
        memory="watch" if watched else "cgroup",
        limits=next(iter(inside.values())).limits.to_json(),
        unpickled=sorted({one.spec.name for one in inside.values() if one.unpickled}),
    )
