"""Training: from a recipe to an agent.

`Recipe` says what is trained on what, and how; `load_recipe` reads one from YAML, `checked` fills
in the usual, `train` carries it out. What needs torch is imported when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gmbench.training.checking import checked
    from gmbench.training.checkpoints import Checkpoint, list_checkpoints
    from gmbench.training.document import load_recipe
    from gmbench.training.recipe import Network, Recipe
    from gmbench.training.run import Trained, train
    from gmbench.training.watching import Progress

__all__ = [
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
    "Checkpoint": "checkpoints",
    "Network": "recipe",
    "Progress": "watching",
    "Recipe": "recipe",
    "Trained": "run",
    "checked": "checking",
    "list_checkpoints": "checkpoints",
    "load_recipe": "document",
    "train": "run",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'gmbench.training' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"gmbench.training.{_LAZY[name]}"), name)
