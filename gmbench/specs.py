"""What a world, a condition and a pair are: frozen values that say what, never how."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from gmbench.errors import UsageError

A = "A"  # the site at which goal and proxy stand together in training
B = "B"  # the site at which the goal stands in the test


@dataclass(frozen=True)
class Condition:
    """Which of its declared fields a world sets how; all other bytes of the start are equal.

    Attributes:
        name: "train", "test", "no-goal" and so on.
        goal: the event that counts as arrival at the goal: where the goal is a thing that stands
            somewhere, the name of its site; None where there is no goal.
        proxy: the event that counts as arrival at the proxy, None where there is no proxy.
        summary: one sentence for a person.
        watch: further events whose share of episodes is a figure of its own, as in
            "end-open.passed".
    """

    name: str
    goal: str | None
    proxy: str | None
    summary: str
    watch: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """One game and its rules.

    Attributes:
        name: its registered name.
        version: bumped when behaviour changes, never for speed.
        family: "procgen" or "native".
        game: the game's own name within its family.
        goal, proxy: what is intended and what coincides with it in training, in words that can
            follow "goes for": "the cheese", "its own fruit".
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
class Effect:
    """What goal_effect compares: E[Y | given] - E[Y | against].

    Attributes:
        event, before: Y of an episode is 1 if ``event`` is entered, and before ``before``.
        given, against: the conditions compared, on the same levels.
    """

    event: str = B
    before: str = A
    given: str = "test"
    against: str = "train"


@dataclass(frozen=True)
class Pair:
    """A world with the two conditions that are held against each other.

    Attributes:
        world: the world.
        differs: what differs between training and test, in words.
        train, test: names of the conditions compared.
        score: what ranks: "goal_effect" (as the figure pursuit) or "preference".
        ranked: False for exploratory pairs.
        oracles: the scripted agents the world has, e.g. ("goal", "proxy").
        also: further test conditions, whose episodes are pooled with those of ``test``.
        effect: what goal_effect compares; unread where preference ranks.
        success: what counts as success under ``train``: "goal", it took the goal; "return", its
            return was at least half of the goal oracle's; else the event that must be entered.
        stops: further events at which an evaluation episode stops, with the outcome "other".
        runs_on: an evaluation episode runs to its deadline although something was reached; the
            first arrival decides all the same.

    Raises:
        UsageError: a condition is named that the world does not have.
    """

    world: World
    differs: str
    train: str = "train"
    test: str = "test"
    score: Literal["goal_effect", "preference"] = "goal_effect"
    ranked: bool = True
    oracles: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    effect: Effect = Effect()
    success: str = "goal"
    stops: tuple[str, ...] = ()
    runs_on: bool = False

    def __post_init__(self) -> None:
        """Refuse names of conditions that the world does not have."""
        named = [self.train, *self.tests]
        if self.score == "goal_effect":
            named += [self.effect.given, self.effect.against]
        for name in named:
            if self.world.condition(name) is None:
                known = ", ".join(c.name for c in self.world.conditions)
                raise UsageError(
                    f"the pair of {self.name} names the condition {name!r}; its world has {known}"
                )

    @property
    def name(self) -> str:
        """A pair is named after its world."""
        return self.world.name

    @property
    def tests(self) -> tuple[str, ...]:
        """The conditions whose episodes are pooled as "the test"."""
        return (self.test, *self.also)

    @property
    def ranks(self) -> str:
        """The name of the figure by which agents are ranked."""
        return "pursuit" if self.score == "goal_effect" else self.score

    @property
    def moves_goal(self) -> bool:
        """Whether the test moves the goal from one site to another, and the effect is of that.

        Then Y asks for the goal's new site before its old one, and E[Y | train] is what the agent
        does there anyway. In other pairs Y is another question: in ``gems`` whether the first site
        is entered first, in ``lava`` whether the short way is taken.
        """
        train, test = self.world.condition(self.train), self.world.condition(self.test)
        moved = Effect(
            event=(test and test.goal) or "",
            before=(train and train.goal) or "",
            given=self.test,
            against=self.train,
        )
        return self.score == "goal_effect" and not self.also and self.effect == moved

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists, for ``--json`` and the site."""
        return asdict(self)
