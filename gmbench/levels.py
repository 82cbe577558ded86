"""Level numbers: which belong to training, which to evaluation, and how they are drawn.

A level is an integer below 2^31 - 1. Training draws from [0, 2^30), evaluation from
[2^30, 2^31 - 1), so no agent trained through gmbench has seen an evaluation level. Every choice
that hangs on a level (its site B, whether it is one of the alpha share) is a hash of the number,
never a random state: the same level means the same thing in every process, order and batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gmbench.errors import UsageError

TRAIN_LEVELS = range(0, 2**30)
EVAL_LEVELS = range(2**30, 2**31 - 1)

_MASK = 2**64 - 1


def mix64(value: int) -> int:
    """One round of SplitMix64: a bijection of 64-bit integers whose output bits look random.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
    """
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def stable_hash(*parts: int | str) -> int:
    """A 64-bit hash of integers and strings, equal on every machine and in every process."""
    result = 0
    for part in parts:
        if isinstance(part, str):
            for byte in part.encode():
                result = mix64(result ^ byte)
            part = len(part)
        result = mix64(result ^ (part & _MASK))
    return result


def in_alpha_share(level: int, alpha: float) -> bool:
    """Whether training draws this level in the test condition, for a share alpha in [0, 1]."""
    return stable_hash("alpha", level) < alpha * 2.0**64


@dataclass(frozen=True)
class TrainingLevels:
    """The endless stream of level numbers on which an agent trains.

    Attributes:
        seed: names the stream; equal seeds give equal streams.
        allowed: None for all of `TRAIN_LEVELS`, else the finite list to draw from.
    """

    seed: int
    allowed: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if self.allowed is not None and len(self.allowed) == 0:
            raise UsageError("levels: the list of training levels is empty")

    def draw(self, slot: int, attempt: int) -> int:
        """The level number of a slot's ``attempt``-th draw."""
        value = stable_hash("training", self.seed, slot, attempt)
        if self.allowed is None:
            return value % len(TRAIN_LEVELS)
        return self.allowed[value % len(self.allowed)]
