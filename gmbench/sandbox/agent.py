"""The agent on this side of the wall: it plays as any other, and its code runs elsewhere."""

from __future__ import annotations

import hashlib
import os
import secrets
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmbench.agents.base import Agent, AgentSpec, Player, checked_actions
from gmbench.agents.load import load_agent
from gmbench.errors import AgentError, AgentStopped
from gmbench.sandbox.command import bubblewrap
from gmbench.sandbox.limits import Limits
from gmbench.sandbox.process import Process
from gmbench.sandbox.shared import Written
from gmbench.sandbox.source import Parcel, pack
from gmbench.sandbox.spec import understood
from gmbench.sandbox.wire import LEAVE, SEAT, STEP, Layout, Order


def sandboxed(
    source: str | os.PathLike[str] | Agent,
    *,
    limits: Limits | None = None,
    trust: bool | None = None,
) -> Agent:
    """An agent whose code runs in a sandbox: a process under bubblewrap that sees nothing of yours.

    Args:
        source: a zip, a folder with one, an ``.onnx`` file or ``module:attribute``. Scripted agents
            are gmbench's own and play without a sandbox.
        limits: what it may use; the usual ones if None.
        trust: whether Stable-Baselines3's own loader, which runs code in the file, loads a zip
            inside the sandbox: True always, False never, None where gmbench's own loader, which
            unpickles nothing, does not know what the file holds. A warning says so then.

    Returns:
        A `SandboxedAgent`; close it, or use it in a ``with`` block.

    Raises:
        AgentError: it cannot be loaded, or is nothing that can be carried into a sandbox.
        MissingPartError: no sandbox can be made here; `gmbench.sandbox.doctor` says why.
    """
    if isinstance(source, SandboxedAgent):
        return source
    if not isinstance(source, str | os.PathLike):
        raise AgentError(
            "an agent in this process's memory cannot be put into a sandbox; name its file or"
            " module:attribute"
        )
    name = os.fspath(source)
    if name.startswith("scripted:"):
        return load_agent(name)
    bubblewrap()
    return SandboxedAgent(pack(name, trust), limits or Limits())


class SandboxedAgent(Agent):
    """An agent in a sandbox, which runs from `start`, or the first player, to `close`.

    It can be started again. Once it was stopped for what it did, it stays so.

    Attributes:
        limits: what it may use.
        unpickled: whether its file's own code runs when it is loaded.
        stopped: what it did, in a line; None while it behaves.
        memory: "cgroup" or "watch", as in `Process`; None before it ran.
    """

    def __init__(self, parcel: Parcel, limits: Limits) -> None:
        """Make it; one that must say itself what it is is started."""
        self.limits, self.unpickled = limits, parcel.unpickle
        self.stopped: str | None = None
        self.memory: str | None = None
        self._parcel = parcel
        self._process: Process | None = None
        self._told: bytes | None = None
        # Suites are public, and so are the seeds of their episodes: they would tell the condition.
        self._key = secrets.token_bytes(16) if parcel.foreign else None
        self.spec: AgentSpec = parcel.spec or self._asked()

    def start(self) -> Process:
        """The running sandbox; the agent may still be loading in it.

        Raises:
            AgentStopped: it was stopped before.
            MissingPartError: there is no bubblewrap.
        """
        if self.stopped is not None:
            raise AgentStopped(self.stopped)
        if self._process is None:
            parcel = self._parcel
            task = {"address": parcel.address, "unpickle": parcel.unpickle}
            self._process = Process(parcel.name, self.limits, parcel.files, task)
            self.memory = self._process.memory
            weakref.finalize(self, self._process.close)
            self._told = None
        return self._process

    def loaded(self) -> Process:
        """The running sandbox, with the agent loaded.

        Raises:
            AgentStopped: it could not be loaded.
            MissingPartError: there is no sandbox on this machine.
        """
        process = self.start()
        if self._told is None:
            try:
                self._told = process.ready()
            except AgentStopped as error:
                self.stopped = str(error)
                raise
        return process

    def player(self, num_envs: int, deterministic: bool) -> SandboxedPlayer:
        """A player in the sandbox."""
        self.start()
        return SandboxedPlayer(self, num_envs, deterministic)

    def seed(self, seed: int) -> int:
        """The seed that the agent is told: its author's code is told one that nobody can foresee.

        The same episode has the same seed as long as this object lives.
        """
        if self._key is None:
            return seed
        mixed = hashlib.blake2b(seed.to_bytes(8, "little"), key=self._key, digest_size=8)
        return int.from_bytes(mixed.digest(), "little")

    def close(self) -> None:
        """End the sandbox; the agent can be started again."""
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def __enter__(self) -> SandboxedAgent:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _asked(self) -> AgentSpec:
        """What it says of itself."""
        parcel, process = self._parcel, self.loaded()
        assert self._told is not None
        try:
            return understood(self._told, parcel.name, parcel.kind, parcel.digest, parcel.details)
        except AgentError as error:
            process.stop(f"it {error}")


class SandboxedPlayer(Player):
    """A player whose other half sits in the sandbox."""

    def __init__(self, agent: SandboxedAgent, num_envs: int, deterministic: bool) -> None:
        self._agent, self._num_envs, self._deterministic = agent, num_envs, deterministic
        self._number, self._sequence = id(self) & 0xFFFFFFFF, 0
        self._begun: dict[int, int] = {}
        self._seat: tuple[Process, Written] | None = None
        space: Any = agent.spec.action_space
        if space is not None:
            self.num_actions = int(space.n)

    def begin(self, slot: int, seed: int) -> None:
        """Tell the agent with the next observations that the slot's episode starts."""
        self._begun[slot] = self._agent.seed(seed)

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """What the agent sends, checked; int64 of shape (num_envs,).

        Raises:
            AgentStopped: it did not answer, or not with actions, or did what is not allowed.
        """
        try:
            return self._act(observations)
        except AgentStopped as error:
            self._agent.stopped = str(error)
            raise

    def _act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        process, memory = self._seat or self._sit(observations)
        process.quiet()
        np.copyto(memory.observations, observations)
        starts = len(self._begun)
        for row, (slot, seed) in enumerate(self._begun.items()):
            memory.starts[row] = slot, seed
        self._begun.clear()
        self._sequence += 1
        process.order(Order(STEP, self._number, self._sequence, starts))
        sent = np.frombuffer(process.actions(self._sequence, self._num_envs), np.int64)
        name = self._agent.spec.name
        try:
            return checked_actions(sent, self._num_envs, self.num_actions, name)
        except AgentError as error:
            process.stop(f"it {str(error).removeprefix(f'agent {name} ')}")

    def _sit(self, observations: NDArray[np.uint8]) -> tuple[Process, Written]:
        """Take a seat: memory of the size of the batch, and a player on the other side."""
        process = self._agent.loaded()
        shape = observations.shape[1:]
        memory = Written(Layout(self._num_envs, shape))
        seat = Order(
            SEAT,
            self._number,
            num_envs=self._num_envs,
            deterministic=int(self._deterministic),
            num_actions=self.num_actions,
            shape=shape,
        )
        process.order(seat, memory.fileno())
        memory.close()  # the other side has its own by now
        weakref.finalize(self, _leave, process, self._number)
        self._seat = process, memory
        return self._seat


def _leave(process: Process, number: int) -> None:
    """Let the other side forget a player that is gone."""
    process.leave(Order(LEAVE, number))
