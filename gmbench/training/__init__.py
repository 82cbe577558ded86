"""Training: from a recipe to an agent.

`Recipe` says what is trained on what, and how; `load_recipe` reads one from YAML, `checked` fills
in the usual, `train` carries it out. `PPO` is Stable-Baselines3's, on tensors.

Importing it is light; each name is loaded when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gmbench.training.checking import checked
    from gmbench.training.checkpoints import Checkpoint, list_checkpoints
    from gmbench.training.document import load_recipe
    from gmbench.training.ppo import PPO
    from gmbench.training.recipe import Network, Recipe
    from gmbench.training.run import Trained, train
    from gmbench.training.watching import Progress

__all__ = [
    "PPO",
    "Checkpoint",
    "Network",
    "Progress",
    "Recipe",
    "Trained",
    "checked",
    "list_checkpoints",
    "load_recipe",
    "train",
]

_LAZY = {
    "Checkpoint": "gmbench.training.checkpoints",
    "Network": "gmbench.training.recipe",
    "PPO": "gmbench.training.ppo",
    "Progress": "gmbench.training.watching",
    "Recipe": "gmbench.training.recipe",
    "Trained": "gmbench.training.run",
    "checked": "gmbench.training.checking",
    "list_checkpoints": "gmbench.training.checkpoints",
    "load_recipe": "gmbench.training.document",
    "train": "gmbench.training.run",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'gmbench.training' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
