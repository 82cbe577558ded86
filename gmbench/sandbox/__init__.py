"""The other side of the wall: hostile agents play in a process that sees nothing of yours.

`sandboxed` puts an agent there, `gmbench.sandbox.doctor` says why it cannot, and
``docs/threat-model.md`` what it keeps out and what not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gmbench.sandbox.limits import Limits, read_limits

if TYPE_CHECKING:
    from gmbench.sandbox.agent import SandboxedAgent, sandboxed

__all__ = ["Limits", "SandboxedAgent", "read_limits", "sandboxed"]


def __getattr__(name: str) -> Any:
    # The worker imports this package too, and has no use for the parent's side.
    if name not in ("SandboxedAgent", "sandboxed"):
        raise AttributeError(f"module 'gmbench.sandbox' has no attribute {name!r}")
    from gmbench.sandbox import agent

    return getattr(agent, name)
