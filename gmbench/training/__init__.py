"""Training: PPO on tensors, and the networks that see grids and pictures.

Importing it is light; each name is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gmbench.training.ppo import PPO

__all__ = ["PPO"]

_LAZY = {"PPO": "gmbench.training.ppo"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'gmbench.training' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
