"""The process inside the sandbox: loads the agent and plays what it is told.

Up to `HELLO` only gmbench's own code has run here. From then on the agent's may have, and nothing
that comes out of this process is believed: the parent checks what it reads.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from gmbench.errors import GmbenchError
from gmbench.sandbox import wire
from gmbench.sandbox.shared import read_only, views
from gmbench.sandbox.wire import ACTIONS, FAILED, HEADER, HELLO, LEAVE, MAGIC, READY, SEAT, Order

if TYPE_CHECKING:
    from gmbench.agents.base import Agent, Player

LARGEST_FILE = 2**30  # bytes; what is scratch is capped further


class Voice:
    """What the worker says, on its pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def say(self, kind: int, body: bytes = b"", sequence: int = 0) -> None:
        """Write one frame."""
        frame = HEADER.pack(MAGIC, kind, len(body), 0, sequence) + body
        while frame:
            frame = frame[os.write(self._descriptor, frame) :]


class Seat:
    """A player with its memory, which the parent fills."""

    def __init__(self, player: Player, order: Order, memory: mmap.mmap) -> None:
        self._player = player
        self._player.num_actions = order.num_actions
        self._starts, self._observations = views(memory, order.place, order.layout)

    def act(self, starts: int) -> bytes:
        """Begin episodes, then the actions as bytes of int64."""
        for slot, seed in self._starts[:starts].tolist():
            self._player.begin(slot, seed)
        # A copy: players may write to what they are shown, and torch warns where they may not.
        actions = self._player.act(np.array(self._observations))
        return np.ascontiguousarray(actions, np.int64).tobytes()


def main(told: str) -> None:
    """Load the agent and answer until the parent goes away.

    Args:
        told: JSON: descriptors ``orders``, ``answers`` and ``memory``, ``limits``, and of the agent
            ``address`` and ``unpickle``.
    """
    task = json.loads(told)
    voice = Voice(task["answers"])
    memory = read_only(task["memory"])
    os.close(task["memory"])
    _restrict(task["limits"])
    voice.say(HELLO)
    try:
        agent = _load(task)
        voice.say(READY, _described(agent))
        with open(task["orders"], "rb") as orders:
            _serve(agent, orders, memory, voice)
    except BaseException as error:  # SystemExit too: whatever the agent raises is told
        voice.say(FAILED, _words(error))
        # Its own handlers and threads are not waited for.
        os._exit(1)


def _restrict(limits: dict[str, int]) -> None:
    """The limits of each process; they hold for what it starts, and cannot be raised again.

    Memory that is written to is limited here for each process, and for all together outside.
    """
    for name, value, more in (
        (resource.RLIMIT_DATA, limits["memory"] * 2**20, 0),
        (resource.RLIMIT_NPROC, limits["processes"], 0),
        (resource.RLIMIT_NOFILE, limits["files"], 0),
        (resource.RLIMIT_FSIZE, LARGEST_FILE, 0),
        # At the soft limit comes a signal with a name, a second later the end.
        (resource.RLIMIT_CPU, limits["cpu"], 1),
    ):
        held = resource.getrlimit(name)[1]  # what whoever runs gmbench may use is less, perhaps
        most = value + more if held == resource.RLIM_INFINITY else min(value + more, held)
        resource.setrlimit(name, (min(value, most), most))


def _load(task: dict[str, Any]) -> Agent:
    """The agent, which may run its code."""
    from gmbench.agents.load import load_agent

    return load_agent(task["address"], trust=task["unpickle"])


def _described(agent: Agent) -> bytes:
    from gmbench.sandbox.spec import describe

    return describe(agent.spec)


def _serve(agent: Agent, orders: BinaryIO, memory: mmap.mmap, voice: Voice) -> None:
    """Do as ordered, until there is nobody left who orders."""
    seats: dict[int, Seat] = {}
    while data := orders.read(wire.ORDER_BYTES):
        order = Order.of(data)
        if order.kind == SEAT:
            player = agent.player(order.num_envs, bool(order.deterministic))
            seats[order.player] = Seat(player, order, memory)
        elif order.kind == LEAVE:
            seats.pop(order.player, None)
        else:
            voice.say(ACTIONS, seats[order.player].act(order.starts), order.sequence)


def _words(error: BaseException) -> bytes:
    """What went wrong, in a line."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, MemoryError | BlockingIOError):
        cause = cause.__cause__
    if isinstance(cause, MemoryError):
        said = "!memory"
    elif isinstance(cause, BlockingIOError):
        said = "!processes"
    elif isinstance(error, GmbenchError):
        said = str(error)
    else:
        said = f"{type(error).__name__}: {error}"
    return " ".join(said.split()).encode(errors="replace")[: wire.MAX_FAILED]
