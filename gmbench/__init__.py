"""gmbench: the benchmark suite for goal misgeneralization.

Importing it is light (no torch, Stable-Baselines3, numba or Procgen until used) and registers the
environment ids ``gmbench/...`` with Gymnasium.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gmbench.quiet import silence_gym_notice
from gmbench.version import __version__

if TYPE_CHECKING:
    from gmbench.agents.load import load_agent
    from gmbench.envs.make import make_sb3
    from gmbench.evaluation import evaluate
    from gmbench.registry import pair, pairs

__all__ = ["__version__", "evaluate", "load_agent", "make_sb3", "pair", "pairs"]

_LAZY = {
    "evaluate": "gmbench.evaluation",
    "load_agent": "gmbench.agents.load",
    "make_sb3": "gmbench.envs.make",
    "pair": "gmbench.registry",
    "pairs": "gmbench.registry",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'gmbench' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)


silence_gym_notice()

from gmbench.envs.register import register_envs  # noqa: E402  after the notice is out of the way

register_envs()
