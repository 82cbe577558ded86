"""Gymnasium ids of every world, named without importing any of them.

``procgen-coinrun`` of version 0 becomes ``gmbench/Procgen-CoinRun-v0``. The version of a third
party's world is known only to its module, which is not imported for this: its id has none.
"""

from __future__ import annotations

import warnings
from typing import Final

import gymnasium

from gmbench.errors import UsageError
from gmbench.registry import WORLDS, Item

NAMESPACE: Final = "gmbench"
ENTRY_POINT: Final = "gmbench.envs.gym:GmbenchEnv"
VECTOR_ENTRY_POINT: Final = "gmbench.envs.vector:make_vector"

# Games whose authors write a capital inside the name; any other word begins with its only one.
INNER_CAPITALS: Final = {"coinrun": "CoinRun", "caveflyer": "CaveFlyer"}


def environment_id(item: Item) -> str:
    """The Gymnasium id of a registered world."""
    words = [INNER_CAPITALS.get(word, word.capitalize()) for word in item.name.split("-")]
    version = "" if item.version is None else f"-v{item.version}"
    return f"{NAMESPACE}/{'-'.join(words)}{version}"


def register_envs() -> None:
    """Register the ids; what is registered already is left alone.

    A third party's package that is announced wrongly must not keep gmbench from being imported:
    it is warned of here, and refused where worlds are used.
    """
    try:
        items = tuple(WORLDS.items.values())
    except UsageError as error:
        warnings.warn(f"no gmbench/... environment is registered: {error}", stacklevel=2)
        return
    for item in items:
        if environment_id(item) not in gymnasium.registry:
            gymnasium.register(
                environment_id(item),
                entry_point=ENTRY_POINT,
                vector_entry_point=VECTOR_ENTRY_POINT,
                kwargs={"pair": item.name},
            )
