"""Agents that are Python objects: anything with `predict` as Stable-Baselines3 calls it.

``predict(observation, state, episode_start, deterministic) -> (actions, state)``, where state is
whatever the object wants to get back at the next step and episode_start tells, for every slot,
whether the observation is the first of its episode.

What an object is shown of a world follows from its ``observation_space``; one without is shown
the grids of native worlds and the pictures of Procgen's.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.agents.base import Agent, AgentSpec, Player, as_trained, checked_actions
from gmbench.errors import AgentError
from gmbench.hints import nearest, quoted

NAME = "object"
VERSION = 1

_CALL = "predict(observation, state, episode_start, deterministic)"


class ObjectAgent(Agent):
    """An object that predicts.

    Its ``observation_space`` and ``action_space`` are used if it has them. Sampled actions are its
    own affair: gmbench cannot seed them slot by slot.
    """

    def __init__(self, target: Any, name: str) -> None:
        """Wrap the object.

        Raises:
            AgentError: its `predict` cannot be called as Stable-Baselines3 calls it.
        """
        try:
            inspect.signature(target.predict).bind(
                None, state=None, episode_start=None, deterministic=True
            )
        except TypeError as error:
            raise AgentError(
                f"agent {name}: predict cannot be called as {_CALL}: {error}"
            ) from None
        except ValueError:
            pass  # a built-in tells no signature; the first call will show
        self.target = target
        self.spec = AgentSpec(
            name=name,
            kind=NAME,
            algorithm=None,
            digest=None,
            observation_space=_space(target, "observation_space"),
            action_space=_space(target, "action_space"),
            recurrent=False,
            details={"class": type(target).__qualname__},
        )

    def player(self, num_envs: int, deterministic: bool) -> ObjectPlayer:
        """A player; all players of one object share what the object itself remembers."""
        return ObjectPlayer(self, num_envs, deterministic)


class ObjectPlayer(Player):
    """Calls `predict` for a batch, keeps its state, and checks what it sends."""

    def __init__(self, agent: ObjectAgent, num_envs: int, deterministic: bool) -> None:
        self._predict = agent.target.predict
        self._name = agent.spec.name
        self._deterministic = deterministic
        self._state: Any = None
        self._starts = np.ones(num_envs, dtype=bool)
        space, actions = agent.spec.observation_space, agent.spec.action_space
        self._shape = space.shape if space is not None else None
        if isinstance(actions, spaces.Discrete):
            self.num_actions = int(actions.n)

    def begin(self, slot: int, seed: int) -> None:
        """Tell the object at its next step that the slot's episode starts; it takes no seed."""
        self._starts[slot] = True

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """What the object sends for a copy of the batch, checked."""
        batch = observations
        if self._shape is not None:
            batch = as_trained(batch, self._shape, self._name)
        try:
            sent = self._predict(
                np.array(batch),  # a copy: the object may write to it
                state=self._state,
                episode_start=self._starts.copy(),
                deterministic=self._deterministic,
            )
        except (Exception, SystemExit) as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise AgentError(f"agent {self._name} failed in predict: {reason}") from error
        if not isinstance(sent, tuple) or len(sent) != 2:
            raise AgentError(
                f"agent {self._name} sent a {type(sent).__name__}; predict must return"
                " (actions, state)"
            )
        actions, self._state = sent
        self._starts[:] = False
        return checked_actions(actions, len(self._starts), self.num_actions, self._name)


def _space(target: Any, attribute: str) -> spaces.Space[Any] | None:
    space = getattr(target, attribute, None)
    return space if isinstance(space, spaces.Space) else None


def from_reference(reference: str) -> Any:
    """The object that ``module:attribute`` names; importing the module runs its code.

    The current folder counts as a place for modules, after all others. A class or a function is
    called without arguments, once.

    Raises:
        AgentError: there is no such module or attribute, or running it failed.
    """
    module_name, _, path = reference.partition(":")
    parts = path.split(".")
    if not all(part.isidentifier() for part in (*module_name.split("."), *parts)):
        raise AgentError(
            f"{quoted(reference)} is neither a file nor module:attribute; name a zip, a folder,"
            " module:attribute or scripted:goal, scripted:proxy, scripted:random"
        )
    found: Any = _imported(module_name)
    for part in parts:
        try:
            found = getattr(found, part)
        except AttributeError:
            raise AgentError(
                f"{reference}: no {part!r} there; {nearest(part, dir(found))}"
            ) from None
        except Exception as error:  # a module's own __getattr__ may raise anything
            raise AgentError(f"{reference}: reading {part!r} raised {_short(error)}") from error
    if inspect.isclass(found) or inspect.isroutine(found):
        try:
            found = found()
        except (Exception, SystemExit) as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise AgentError(f"{reference}() failed: {reason}") from error
    return found


def _imported(name: str) -> Any:
    here = os.getcwd()
    sys.path.append(here)
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name in (name, name.split(".")[0]):
            raise AgentError(
                f"no module {error.name!r}; run from the folder it lies in, or install it"
            ) from None
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise AgentError(f"importing {name} failed: {reason}") from error
    finally:
        sys.path.remove(here)


def _short(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:160]
