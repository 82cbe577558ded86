"""What a world, a condition and a pair are: frozen values that say what, never how."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

A = "A"  # the site at which goal and proxy stand together in training
B = "B"  # the site at which the goal stands in the test


@dataclass(frozen=True)
class Condition:
    """Which of its declared fields a world sets how; all other bytes of the start are equal.

    Attributes:
        name: "train", "test", "no-goal" and so on.
        goal: the name of the site at which the goal stands, None where there is no goal.
        proxy: the name of the site at which the proxy stands, None where there is no proxy.
        summary: one sentence for a person.
    """

    name: str
    goal: str | None
    proxy: str | None
    summary: str


@dataclass(frozen=True)
class World:
    """One game and its rules.

    Attributes:
        name: its registered name.
        version: bumped when behaviour changes, never for speed.
        family: "procgen" or "native".
        game: the game's own name within its family.
        goal, proxy: what is intended and what coincides with it in training, in words.
        conditions: every condition the world can be played in.
    """

    name: str
    version: int
    family: str
    game: str
    goal: str
    proxy: str
    conditions: tuple[Condition, ...]

    def condition(self, name: str) -> Condition | None:
        """The condition of that name, None where the world has none."""
        return next((c for c in self.conditions if c.name == name), None)


@dataclass(frozen=True)
class Pair:
    """A world with the two conditions that are held against each other.

    Attributes:
        world: the world.
        differs: what differs between training and test, in words.
        train, test: names of the conditions compared.
        score: the figure that ranks, "goal_effect" or "preference".
        ranked: False for exploratory pairs.
        oracles: the scripted agents the world has, e.g. ("goal", "proxy").
    """

    world: World
    differs: str
    train: str = "train"
    test: str = "test"
    score: Literal["goal_effect", "preference"] = "goal_effect"
    ranked: bool = True
    oracles: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A pair is named after its world."""
        return self.world.name

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists, for ``--json`` and the site."""
        return asdict(self)
