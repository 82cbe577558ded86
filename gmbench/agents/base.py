"""What every agent is to the rest of gmbench: a spec, and players that act for a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.errors import AgentError
from gmbench.hints import quoted

ANY_NUMBER = 2**31 - 1  # of actions, until the world is known


@dataclass(frozen=True)
class AgentSpec:
    """What is known of an agent before it plays.

    Attributes:
        name: for tables and messages.
        kind: "sb3", "object", "scripted", or the name of a third party's adapter.
        algorithm: "PPO" and so on, None where there is none.
        digest: sha256 of the file in hexadecimal, None where there is no file.
        observation_space: what it was trained on, None if anything goes.
        action_space: what it acts in, None if anything goes.
        recurrent: whether it keeps memory within an episode.
        details: plain JSON for the record.
    """

    name: str
    kind: str
    algorithm: str | None
    digest: str | None
    observation_space: spaces.Space[Any] | None
    action_space: spaces.Space[Any] | None
    recurrent: bool
    details: Mapping[str, Any] = field(default_factory=dict)


class Player(ABC):
    """An agent in the seats of a batch; each seat (slot) plays its own episodes.

    Attributes:
        num_actions: actions are integers below it. Agents that know theirs set it; for the others
            the loop sets the world's.
    """

    num_actions: int = ANY_NUMBER

    @abstractmethod
    def begin(self, slot: int, seed: int) -> None:
        """Forget everything about the slot; its memory and random state start from the seed."""

    @abstractmethod
    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """One action for every slot.

        Args:
            observations: uint8 of shape (num_envs, H, W, C), or as the world's space says.

        Returns:
            int64 of shape (num_envs,).

        Raises:
            AgentError: the agent sent something that is no action.
        """


class Agent(ABC):
    """Something that can play."""

    spec: AgentSpec

    @abstractmethod
    def player(self, num_envs: int, deterministic: bool) -> Player:
        """A player with no memory yet.

        Args:
            num_envs: slots of the batch it will play in.
            deterministic: greedy actions, or sampled ones.
        """


def checked_actions(actions: Any, num_envs: int, num_actions: int, name: str) -> NDArray[np.int64]:
    """The actions as int64 of shape (num_envs,).

    Raises:
        AgentError: they are anything but whole numbers in [0, num_actions), one a slot.
    """

    def refused(what: str) -> AgentError:
        wanted = f"{num_envs} whole numbers" + (
            f" from 0 to {num_actions - 1}" if num_actions < ANY_NUMBER else ""
        )
        return AgentError(f"agent {name} sent {what} as actions; predict must return {wanted}")

    try:
        array = np.asarray(actions)
    except (TypeError, ValueError, RuntimeError):
        raise refused(quoted(" ".join(str(actions).split()))) from None
    except Exception:  # an object of the agent's own decides what its conversion raises
        raise refused(f"something of type {type(actions).__name__}") from None
    if array.shape != (num_envs,):
        raise refused(f"an array of shape {array.shape}")
    if array.dtype.kind not in "iuf":
        raise refused(f"values of type {array.dtype}")
    wrong = array[~(np.isfinite(array) & (array == np.floor(array)))]
    if len(wrong) == 0:
        wrong = array[(array < 0) | (array >= num_actions)]
    if len(wrong):
        raise refused(f"{wrong[0]}")
    return array.astype(np.int64)


def as_trained(observations: NDArray[Any], shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """The batch in the layout an agent was trained on.

    Args:
        observations: shape (num_envs, ...); images are (num_envs, H, W, C).
        shape: of one observation of the agent's: the same, or (C, H, W).
        name: the agent's, for the message.

    Returns:
        A view: as it came, or with channels first.

    Raises:
        AgentError: neither fits.
    """
    given = observations.shape[1:]
    if given == shape:
        return observations
    if channels_first(given) == shape:
        return observations.transpose(0, 3, 1, 2)
    raise AgentError(
        f"agent {name} takes observations of shape {shape}, but got {given};"
        " choose a world it was trained for"
    )


def channels_first(shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape (H, W, C) as (C, H, W), None for what is not an image."""
    return (shape[2], shape[0], shape[1]) if len(shape) == 3 else None


def fit(
    spec: AgentSpec, observation_space: spaces.Space[Any], action_space: spaces.Space[Any]
) -> None:
    """Check that an agent can play in a world with these spaces.

    Args:
        spec: the agent's.
        observation_space: the world's; images are ``Box(0, 255, (H, W, C), uint8)``.
        action_space: the world's.

    Raises:
        AgentError: it cannot; the message gives the reason.
    """
    mismatch = _actions_differ(spec, action_space) or _observations_differ(spec, observation_space)
    if mismatch:
        raise AgentError(f"agent {spec.name} {mismatch}; choose a world it was trained for")


def _actions_differ(spec: AgentSpec, world: spaces.Space[Any]) -> str | None:
    own = spec.action_space
    if own is None or own == world:
        return None
    if isinstance(own, spaces.Discrete) and isinstance(world, spaces.Discrete):
        if own.n == world.n and own.start == world.start:
            return None
        return f"chooses among {own.n} actions, the world has {world.n}"
    return f"acts in {quoted(str(own))}, the world in {world}"


def _observations_differ(spec: AgentSpec, world: spaces.Space[Any]) -> str | None:
    own = spec.observation_space
    if own is None:
        return None
    if not isinstance(own, spaces.Box) or not isinstance(world, spaces.Box):
        return None if own == world else f"observes {quoted(str(own))}, the world gives {world}"
    if own.shape not in (world.shape, channels_first(world.shape)):
        return _shapes_differ(own.shape, world.shape)
    if spec.details.get("normalization"):
        return None  # its statistics turn the world's values into those it was trained on
    if own.dtype != world.dtype:
        return (
            f"was trained on values of type {own.dtype}, the world gives {world.dtype}: if by"
            " VecNormalize, put its statistics beside the zip with gmbench export-normalization"
        )
    own_range, world_range = ((b.low.min(), b.high.max()) for b in (own, world))
    if own_range != world_range:
        return "was trained on values in [{}, {}], the world gives [{}, {}]".format(
            *own_range, *world_range
        )
    return None


def _shapes_differ(own: tuple[int, ...], world: tuple[int, ...]) -> str:
    start = f"observes {own}, the world gives {world}"
    if sorted(own) == sorted(world):
        return f"{start}: the channels are in another place (neither last nor first)"
    for shape in (own, (*own[1:], *own[:1])):
        if len(own) == len(world) == 3 and shape[:2] == world[:2] and shape[2] % world[2] == 0:
            return f"{start}: it was trained on {shape[2] // world[2]} stacked frames"
    return start
