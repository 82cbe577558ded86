"""What crosses the wall: fixed-size orders in, frames of integers out.

Both ways are pipes: a socket would belong to this machine's network, tell its addresses, and could
take a name there. Parent to worker: an `Order`. Worker to parent: a header, then a body whose
length the header must give as the parent expects it. Nothing is pickled on either way. What a
player is shown lies in memory of its own, which begins with its episode starts, rows of (slot,
seed), after which come the observations of all slots.
"""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass
from math import prod
from typing import Final

MAGIC: Final = 0x31424D47  # "GMB1"
HEADER: Final = struct.Struct("<IIIIQ")  # magic, kind, length of the body, nothing, sequence
HELLO, READY, ACTIONS, FAILED = range(1, 5)

MAX_READY: Final = 16_384  # bytes of JSON
MAX_FAILED: Final = 2_048  # bytes of text
SEAT, STEP, LEAVE = range(1, 4)
_ORDER: Final = struct.Struct("<IIQIQIIII4I")


@dataclass(frozen=True)
class Layout:
    """Where things lie in a player's memory.

    Attributes:
        num_envs: slots.
        shape: of one observation.
    """

    num_envs: int
    shape: tuple[int, ...]

    @property
    def starts(self) -> int:
        """Bytes of the episode starts: two 64-bit integers a slot."""
        return 16 * self.num_envs

    @property
    def size(self) -> int:
        """Bytes of the whole."""
        return self.starts + self.num_envs * prod(self.shape)


@dataclass(frozen=True)
class Order:
    """What the worker is to do.

    Attributes:
        kind: `SEAT` (make a player), `STEP` or `LEAVE` (forget it).
        player: its number.
        sequence: of the answer that a step wants.
        starts: how many episodes began since the last step.
        place: where the player's memory begins, in bytes; told when it is made, like what follows.
        num_envs, deterministic, num_actions: of the player.
        shape: of one observation, whose numbers are bytes.
    """

    kind: int
    player: int
    sequence: int = 0
    starts: int = 0
    place: int = 0
    num_envs: int = 0
    deterministic: int = 0
    num_actions: int = 0
    shape: tuple[int, ...] = ()

    def packed(self) -> bytes:
        """The order as bytes."""
        *numbers, shape = astuple(self)
        padded = (*shape, *(0,) * (4 - len(shape)))
        return _ORDER.pack(*numbers, len(shape), *padded)

    @classmethod
    def of(cls, data: bytes) -> Order:
        """The order in some bytes."""
        kind, player, sequence, starts, place, num_envs, greedy, num_actions, *shape = (
            _ORDER.unpack(data)
        )
        sides = tuple(shape[1 : 1 + shape[0]])
        return cls(kind, player, sequence, starts, place, num_envs, greedy, num_actions, sides)

    @property
    def layout(self) -> Layout:
        """Of the player's memory."""
        return Layout(self.num_envs, self.shape)


ORDER_BYTES: Final = _ORDER.size
