"""The agent on this side of the wall: it plays as any other, and its code runs elsewhere."""

from __future__ import annotations

import hashlib
import itertools
import os
import secrets
import weakref
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.agents.base import Agent, AgentSpec, Player, checked_actions
from gmbench.errors import AgentError, AgentStopped
from gmbench.hints import quoted
from gmbench.sandbox.command import bubblewrap, refuse_old_kernel
from gmbench.sandbox.limits import Limits
from gmbench.sandbox.process import Process
from gmbench.sandbox.shared import Views
from gmbench.sandbox.source import Parcel, pack
from gmbench.sandbox.spec import understood
from gmbench.sandbox.wire import SEAT, STEP, Order

SCRIPTED: Final = "scripted:"
NUMBERS: Final = itertools.count(1)  # of players


def sandboxed(
    source: str | os.PathLike[str] | Agent,
    *,
    limits: Limits | None = None,
    trust: bool | None = None,
) -> SandboxedAgent:
    """An agent whose code runs in a sandbox: a process under bubblewrap that sees nothing of yours.

    Args:
        source: a zip, a folder with one, an ``.onnx`` file or ``module:attribute``; what is in a
            sandbox already is returned as it is.
        limits: what it may use; the usual ones if None.
        trust: whether Stable-Baselines3's own loader, which runs code in the file, loads a zip
            inside the sandbox: True always, False never, None where gmbench's own loader, which
            unpickles nothing, does not know what the file holds. A warning says so then.

    Returns:
        The agent; close it, or use it in a ``with`` block.

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
    if name.startswith(SCRIPTED):
        raise AgentError(f"{quoted(name)} is gmbench's own and needs no sandbox; use load_agent")
    bubblewrap()
    refuse_old_kernel()
    return SandboxedAgent(pack(name, trust), limits or Limits())


class SandboxedAgent(Agent):
    """An agent in a sandbox, which runs from `start`, or the first player, to `close`.

    It can be started again. Once it was stopped for what it did, it stays so. It ends with the
    thread that started it.

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
        self._end: Callable[[], object] | None = None  # ends the process, now or with this object
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
            self._end = weakref.finalize(self, self._process.close)
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
        """A player in the sandbox.

        Raises:
            AgentStopped: the agent was stopped before.
            MissingPartError: there is no bubblewrap.
        """
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
        self._process = None
        if self._end is not None:
            self._end()

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
        self._number, self._sequence = next(NUMBERS), 0
        self._begun: dict[int, int] = {}
        self._seat: tuple[Process, Views] | None = None
        space: Any = agent.spec.action_space
        if space is not None:
            self.num_actions = int(space.n)

    def begin(self, slot: int, seed: int) -> None:
        """Tell the agent with the next observations that the slot's episode starts."""
        self._begun[slot] = self._agent.seed(seed)

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """What the agent sends, checked; int64 of shape (num_envs,).

        Raises:
            AgentStopped: it did not answer, or not with actions, or did what is not allowed, now or
                before.
            AgentError: its sandbox was closed here.
        """
        if self._agent.stopped is not None:
            raise AgentStopped(self._agent.stopped)
        try:
            return self._act(observations)
        except AgentStopped as error:
            self._agent.stopped = str(error)
            raise

    def _act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        process, (starts, shown) = self._seat or self._sit(observations)
        process.quiet()
        np.copyto(shown, observations)
        begun = len(self._begun)
        for row, (slot, seed) in enumerate(self._begun.items()):
            starts[row] = slot, seed
        self._begun.clear()
        self._sequence += 1
        process.order(Order(STEP, self._number, self._sequence, begun))
        sent = np.frombuffer(process.actions(self._sequence, self._num_envs), np.int64)
        name = self._agent.spec.name
        try:
            return checked_actions(sent, self._num_envs, self.num_actions, name)
        except AgentError as error:
            process.stop(f"it {str(error).removeprefix(f'agent {name} ')}")

    def _sit(self, observations: NDArray[np.uint8]) -> tuple[Process, Views]:
        """Take a seat: memory of the size of the batch, and a player on the other side."""
        process = self._agent.loaded()
        order = Order(
            SEAT,
            self._number,
            num_envs=self._num_envs,
            deterministic=int(self._deterministic),
            num_actions=self.num_actions,
            shape=observations.shape[1:],
        )
        seated, views = process.seat(order)
        weakref.finalize(self, process.leave, seated)
        self._seat = process, views
        return self._seat
