"""What the tests of gmbench.procgen run over: every game, mode and registered world."""

from __future__ import annotations

from collections.abc import Callable

from gmbench import registry
from gmbench.procgen.batch import ProcgenBatch
from gmbench.procgen.conditions import goal_cell
from gmbench.procgen.sites import A, Sites
from gmbench.procgen.state import OWN, ProcgenState
from gmbench.specs import Condition, World

GAMES = tuple(OWN)
MODES = ("easy", "hard")
WORLDS = [
    module
    for module in map(registry.WORLDS.load, registry.WORLDS.names())
    if module.PAIR.world.family == "procgen"
]
NAMES = [module.NAME for module in WORLDS]
FIRST_LEVEL = 2**30

STOCK = Condition("stock", goal=A, proxy=A, summary="The level as Procgen made it.")

MakeBatch = Callable[..., ProcgenBatch]


def world_of(game: str) -> World:
    """Any of the registered worlds that play a game."""
    world: World = next(m.PAIR.world for m in WORLDS if m.PAIR.world.game == game)
    return world


def stock(state: ProcgenState, level: int) -> Sites:
    """A rule that leaves every level as it is."""
    return Sites({A: goal_cell(state)})


def condition_of(world: World, name: str) -> Condition:
    """A condition that the world has."""
    condition = world.condition(name)
    assert condition is not None
    return condition
