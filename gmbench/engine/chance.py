"""Random numbers as pure functions of (level, stream, counter): no state, no order of calls.

CPU, GPU, batch size, number of threads and plain Python agree to the bit. Everything is kept in the
low 32 bits of 64-bit integers by masks, which is the same arithmetic in all of them.

Source: the mixing function is Wellons's "lowbias32" of the hash-prospector project (2018), a
bijection of 32-bit integers found by search for the least bias.
"""

from __future__ import annotations

from typing import Final

from gmbench.engine.rules import rule

_MASK: Final = 0xFFFFFFFF
_MASK31: Final = 0x7FFFFFFF
_GOLDEN: Final = 0x9E3779B1  # the odd number nearest to 2^32 over the golden ratio

_ATTEMPT: Final = 0x632BE5AB
_ALPHA: Final = 0x2545F491
_TRAINING: Final = 0x51ED270B


@rule
def mix32(x: int) -> int:
    """A bijection of 32-bit integers whose output bits look random."""
    x = x & _MASK
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & _MASK
    x = ((x ^ (x >> 15)) * 0x846CA68B) & _MASK
    return x ^ (x >> 16)


@rule
def mix31(x: int) -> int:
    """The same for 31 bits, so that no two level numbers get one key."""
    x = x & _MASK31
    x = ((x ^ (x >> 15)) * 0x2C1B3C6D) & _MASK31
    x = ((x ^ (x >> 16)) * 0x297A2D39) & _MASK31
    return x ^ (x >> 15)


@rule
def level_key(number: int, attempt: int) -> int:
    """The key of a level's ``attempt``-th draw, an int64 >= 0.

    Its upper half is a bijection of the number: two levels never share a key.
    """
    number = int(number)
    return (mix31(number) << 32) | mix32(number ^ mix32(int(attempt) + _ATTEMPT))


@rule
def bits(key: int, stream: int, counter: int) -> int:
    """32 random bits, as an int in [0, 2^32).

    Args:
        key: of a level, from `level_key`.
        stream: what they are for; a small constant.
        counter: which of them, >= 0.
    """
    key = int(key)
    x = mix32(int(counter) + (key >> 32))
    return mix32((x ^ (key & _MASK)) + (stream + 1) * _GOLDEN)


@rule
def below(key: int, stream: int, counter: int, n: int) -> int:
    """A random integer in [0, n), n < 2^31; no value is likelier than another by more than n/2^32.

    Args:
        key: of a level, from `level_key`.
        stream: what it is for; a small constant.
        counter: which of them, >= 0.
        n: how many values.
    """
    return (bits(key, stream, counter) * int(n)) >> 32


@rule
def in_share(level: int, threshold: int) -> bool:
    """Whether a level belongs to the alpha share, ``threshold`` being alpha times 2^32."""
    return mix32(mix32(int(level)) ^ _ALPHA) < int(threshold)


@rule
def training_draw(seed: int, slot: int, draw: int) -> int:
    """A slot's ``draw``-th number in [0, 2^32), from which its next training level is taken.

    Args:
        seed: names the stream, in [0, 2^63).
        slot: which slot, in [0, 2^31).
        draw: how many the slot has drawn before.
    """
    seed = int(seed)
    x = mix32((seed & _MASK) ^ _TRAINING)
    x = mix32(x ^ (seed >> 32))
    x = mix32(x + int(slot))
    return mix32(x + int(draw) * _GOLDEN)
