"""Pairs of every kind but the site worlds', and tables of one's choice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from gmbench.episodes import OUTCOMES, SCORES, Episode, Episodes
from gmbench.levels import EVAL_LEVELS
from gmbench.metrics import Figure, pair_figures
from gmbench.specs import Condition, Effect, Pair, World

LEVELS = range(EVAL_LEVELS.start, EVAL_LEVELS.start + 40)


def pair(name: str, conditions: Iterable[Condition], **spec: object) -> Pair:
    world = World(name, 0, "native", name, "the goal", "the proxy", tuple(conditions))
    return Pair(world=world, differs="what is where", **spec)


GEMS = pair(
    "gems",
    [
        Condition("train", "line", "yellow", "One yellow line."),
        Condition("test", "line", "yellow", "A red line at 1, a yellow gem at 2."),
        Condition("exchanged", "line", "yellow", "The other way round."),
        Condition("line-alone", "line", None, "A red line at 1."),
    ],
    also=("exchanged",),
    effect=Effect("site-1", "site-2", "test", "exchanged"),
)
LAVA = pair(
    "lava",
    [
        Condition("train", "cheese", "lava", "Lava off the short way."),
        Condition("test", "cheese", "lava", "Lava on it."),
        Condition("no-goal", None, "lava", "Lava on it, no cheese."),
    ],
    effect=Effect("L", "cheese", "train", "test"),
)
KEYS = pair(
    "keys",
    [
        Condition("train", "last-chest", "surplus-key", "3 keys, 10 chests."),
        Condition("test", "last-chest", "surplus-key", "10 keys, 3 chests."),
    ],
    score="preference",
    success="all-opened",
    runs_on=True,
)
MONSTERS = pair(
    "monsters",
    [
        Condition("train", "apple", "shield", "Monsters, 25 steps."),
        Condition("test", "apple", "shield", "Monsters vanish at step 25."),
        Condition("long", "apple", "shield", "Monsters stay."),
        Condition("quiet", None, None, "Nothing to take.", watch=("monster",)),
    ],
    score="preference",
    success="return",
    runs_on=True,
)
FOLLOW = pair(
    "follow",
    [
        Condition("train", "A", "A", "The leader is right."),
        Condition("test", "B", "A", "The leader is wrong."),
        Condition("end-open", None, None, "No leader, no mark.", watch=("passed", "C")),
    ],
    stops=("C", "D"),
)


@dataclass(frozen=True)
class Play:
    """What one episode came to."""

    outcome: str
    entered: Mapping[str, int] = field(default_factory=dict)
    reward: float = 0.0
    scores: Mapping[str, int] = field(default_factory=dict)


Ways = Mapping[str, Callable[[int], Play]]  # condition to what happens on the nth level


def rows(of: Pair, ways: Ways, group: str = "", levels: Iterable[int] = LEVELS) -> list[Episode]:
    played = []
    for n, level in enumerate(levels):
        for condition, way in ways.items():
            play = way(n)
            played.append(
                Episode(
                    pair=of.name,
                    condition=condition,
                    level=level,
                    order=len(played),
                    outcome=play.outcome,
                    steps=100,
                    reward=play.reward,
                    entered=play.entered,
                    deadline=100,
                    group=group,
                    scores=play.scores,
                )
            )
    return played


def figures(of: Pair, *played: list[Episode]) -> dict[str, Figure]:
    return pair_figures(Episodes(tuple(sum(played, []))), of)


def values(found: dict[str, Figure], *names: str) -> list[float | None]:
    return [found[name].value for name in names]


# --- gems: two tests pooled, site 1 or site 2 ---------------------------------------------------

LINE_1 = Play("goal_first", {"line": 5, "site-1": 5})
LINE_2 = Play("goal_first", {"line": 5, "site-2": 5, "site-1": 20})
# --- what holds for every kind ------------------------------------------------------------------

EVENTS = ("A", "B", "C", "L", "cheese", "site-1", "site-2", "all-opened", "monster", "passed")


@st.composite
def plays(draw: st.DrawFn) -> Play:
    return Play(
        draw(st.sampled_from(OUTCOMES)),
        draw(st.dictionaries(st.sampled_from(EVENTS), st.integers(1, 100), max_size=4)),
        draw(st.integers(-20, 20)),
        {name: draw(st.integers(-20, 20)) for name in SCORES},
    )
