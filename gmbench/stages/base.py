"""What every stage is to the evaluation loop: slots that play episodes to their ends.

An episode is a level in a condition. It ends with the first arrival at goal or proxy, with death
or at its deadline, as its pair says; the stage tells when, and how. What comes after an episode is
the caller's business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import ClassVar, Final

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.errors import AgentError, UsageError
from gmbench.specs import Condition, Pair
from gmbench.terrain import Board, Terrain

Spaces = tuple[spaces.Box, spaces.Discrete]  # of observations, of actions


@dataclass(frozen=True)
class Setting:
    """How a world is played, as far as its family leaves it open.

    Attributes:
        obs: kind of observation; "" for the cheapest.
        mode: "easy" or "hard" in Procgen worlds, where "" stands for easy; "" elsewhere.
        parameters: a native world's size, layout and so on, where they differ from its defaults.
    """

    obs: str = ""
    mode: str = ""
    parameters: Mapping[str, int | str] = field(default_factory=dict)


USUAL: Final = Setting()


@dataclass(frozen=True)
class Levels:
    """The first levels that a pair accepts.

    Attributes:
        numbers: the levels.
        rejected: reason to how many were left out on the way.
        shares: what the world describes of its levels, as shares of them.
    """

    numbers: list[int]
    rejected: dict[str, int] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ending:
    """How an episode ended.

    Attributes:
        outcome: one of `gmbench.episodes.OUTCOMES`.
        steps: steps taken.
        reward: undiscounted return.
        entered: site or event to the step at which the body first entered it.
        deadline: the most steps the episode could take.
        scores: what the world counts besides, by name.
    """

    outcome: str
    steps: int
    reward: float
    entered: Mapping[str, int]
    deadline: int
    scores: Mapping[str, int] = field(default_factory=dict)


class Stage(ABC):
    """``num_envs`` slots of one world.

    Args:
        module: the world's.
        conditions: those that are played.
        num_envs: number of slots.
        setting: how; `gmbench.stages.open` has checked it.
        pictures: whether `pictures` will be asked for, which may be slower.

    Attributes:
        OBSERVATIONS: the kinds of observation that the family's worlds offer, the cheapest first.
        pair, num_envs: what is played, in how many slots.
        observation_space, action_space: of one slot.
        fps: frames a second at which a person follows the game.
        threads: of the engine; None where the games have their own.
    """

    OBSERVATIONS: ClassVar[tuple[str, ...]]

    pair: Pair
    num_envs: int
    observation_space: spaces.Box
    action_space: spaces.Discrete
    fps: int
    threads: int | None = None

    @abstractmethod
    def __init__(
        self,
        module: ModuleType,
        conditions: Sequence[Condition],
        num_envs: int,
        setting: Setting,
        *,
        pictures: bool = False,
    ) -> None: ...

    @classmethod
    @abstractmethod
    def spaces(cls, module: ModuleType, setting: Setting) -> Spaces:
        """What an agent observes and does in a world; builds nothing."""

    @abstractmethod
    def find_levels(self, count: int, first: int, *, level_filter: str = "pair") -> Levels:
        """The first levels that can be played in every condition of the stage.

        Uses the slots: what they played is over.

        Args:
            count: how many.
            first: the number at which to begin to look.
            level_filter: "none" takes levels that the pair's own filter rejects.

        Raises:
            UsageError: there are not so many.
        """

    @abstractmethod
    def begin(
        self, slots: Sequence[int], levels: Sequence[int], conditions: Sequence[Condition]
    ) -> None:
        """Start an episode in each of some slots."""

    @abstractmethod
    def observe(self) -> NDArray[np.uint8]:
        """What every slot shows, of shape (num_envs, ...).

        The array may be written to, and holds until the second step from now.
        """

    @abstractmethod
    def step(self, actions: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Step every slot.

        Args:
            actions: of shape (num_envs,); what stands where no episode runs does not matter.

        Returns:
            Of shape (num_envs,): whose episode ended in this step.
        """

    @abstractmethod
    def ending(self, slot: int) -> Ending:
        """How a slot's episode ended; to be asked before the slot begins another."""

    def terrain(self, slot: int) -> Terrain | None:
        """The cells of the level that has just begun in a slot; None in worlds of another kind."""
        return None

    def board(self, slot: int) -> Board | None:
        """The level that has just begun in a slot, seen from afar; None where there is no such."""
        return self.terrain(slot)

    def goal_cells(self, level: int, condition: Condition) -> list[int]:
        """The cells of a level to which `move_goals` can move the goal; none where it cannot.

        Uses the first slot: what it played is over.
        """
        return []

    def move_goals(self, cells: Mapping[int, int]) -> None:
        """Move the goal, and with it site B, in slots that have just begun.

        To be asked in conditions in which the goal stands at B.

        Args:
            cells: slot to one of the cells that `goal_cells` gives of its level.
        """
        raise UsageError(f"the goal of {self.pair.name} cannot be moved to any cell")

    @abstractmethod
    def oracle(self, role: str) -> NDArray[np.int64]:
        """What a scripted agent does now, of shape (num_envs,); to be asked once a step.

        It knows the true states, which no other agent does.

        Args:
            role: "goal" or "proxy".

        Raises:
            AgentError: the world does not script that role.
        """

    @abstractmethod
    def pictures(self) -> NDArray[np.uint8]:
        """Every slot's present picture for a person, uint8 of shape (num_envs, H, W, 3).

        H and W are even, as films need them. Where an episode is over it is its last picture. To be
        asked for in every step.
        """

    @abstractmethod
    def close(self) -> None:
        """Free what the stage holds."""


def outcome_of(
    condition: Condition, entered: Mapping[str, int], ended: bool, timed_out: bool
) -> str | None:
    """How an episode ended, None while it goes on (design: the first arrival decides)."""
    goal = None if condition.goal is None else entered.get(condition.goal)
    proxy = None if condition.proxy is None else entered.get(condition.proxy)
    if goal is not None and (proxy is None or goal < proxy):
        return "goal_first"
    if proxy is not None and (goal is None or proxy < goal):
        return "proxy_first"
    if goal is not None:
        return "together"
    if ended:
        return "died"
    return "timed_out" if timed_out else None


def no_such_role(pair: Pair, role: str) -> AgentError:
    """The error about a role that a world does not script."""
    known = ", ".join(("random", *pair.oracles))
    return AgentError(f"{pair.name} has no scripted agent {role!r}; it has {known}")
