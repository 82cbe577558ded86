"""The random numbers: exact, even, and free of repeats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numba import njit
from scipy.stats import chisquare, ks_1samp, uniform

from gmbench.engine.chance import (
    below,
    bits,
    in_share,
    level_key,
    mix31,
    mix32,
    training_draw,
)

N = 1 << 16
ALMOST_NEVER = 1e-6  # p-value; the numbers are fixed, so a test passes always or never


# What a level is made of must never change: the first values, as they always were.
KEYS = [3941916453, 5919924572214486270, 3099230821620754006, 3294587407117779954]
BITS = [1330082158, 2185838616, 2846800836]
BELOW = [4, 6, 6, 8, 11, 2, 2, 0]
DRAWS = [2834552915, 3642562590, 538985319, 1601873798]


@njit
def bits_of_counters(n: int) -> np.ndarray:
    key = level_key(7, 0)
    return np.array([bits(key, 3, i) for i in range(n)])


@njit
def bits_of_levels(n: int) -> np.ndarray:
    return np.array([bits(level_key(i, 0), 3, 0) for i in range(n)])


@njit
def bits_of_streams(n: int) -> np.ndarray:
    key = level_key(7, 0)
    return np.array([bits(key, i % 4096, i // 4096) for i in range(n)])


@njit
def many_keys(first: int, n: int, attempt: int) -> np.ndarray:
    keys = np.empty(n, np.int64)
    for i in range(n):
        keys[i] = level_key(first + i, attempt)
    return keys


@njit
def many_draws(seed: int, slots: int, draws: int) -> np.ndarray:
    drawn = np.empty((slots, draws), np.int64)
    for slot in range(slots):
        for draw in range(draws):
            drawn[slot, draw] = training_draw(seed, slot, draw)
    return drawn


@njit
def share_of(first: int, n: int, threshold: int) -> int:
    found = 0
    for level in range(first, first + n):
        found += 1 if in_share(level, threshold) else 0
    return found


def even(values: np.ndarray, bins: int = 256) -> float:
    """The p-value of numbers in [0, 2^32) being spread evenly."""
    counts = np.bincount(values >> (32 - bins.bit_length() + 1), minlength=bins)
    assert len(counts) == bins
    return float(chisquare(counts).pvalue)


SOURCES: dict[str, Callable[[], np.ndarray]] = {
    "counters": lambda: bits_of_counters(N),
    "levels": lambda: bits_of_levels(N),
    "streams": lambda: bits_of_streams(N),
    "training draws of one slot": lambda: many_draws(0, 1, N).ravel(),
    "first training draws of all slots": lambda: many_draws(1, N, 1).ravel(),
}


def test_the_numbers_are_these_forever() -> None:
    key = level_key(2**30, 0)
    assert [level_key(0, 0), level_key(1, 0), key, level_key(2**31 - 1, 3)] == KEYS
    assert [bits(key, 5, counter) for counter in (0, 1, 2**31 - 1)] == BITS
    assert [below(key, 5, counter, 13) for counter in range(8)] == BELOW
    wanted = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (2**62 + 1, 0, 0)]
    assert [training_draw(*of) for of in wanted] == DRAWS


@pytest.mark.parametrize("source", SOURCES)
def test_values_are_even(source: str) -> None:
    values = SOURCES[source]()
    assert values.min() >= 0 and values.max() < 2**32
    assert even(values) > ALMOST_NEVER
    assert even((values << 16) & 0xFFFFFFFF) > ALMOST_NEVER  # the lower bits as well
    assert ks_1samp(values / 2**32, uniform.cdf).pvalue > ALMOST_NEVER


@pytest.mark.parametrize("source", SOURCES)
def test_neighbours_are_unrelated(source: str) -> None:
    values = SOURCES[source]()
    pairs = (values[:-1] >> 28) * 16 + (values[1:] >> 28)
    assert chisquare(np.bincount(pairs, minlength=256)).pvalue > ALMOST_NEVER


def test_every_bit_flips_half_of_the_time() -> None:
    values = bits_of_counters(N)
    for distance in (1, 2, 64, 4096):
        flipped = values[:-distance] ^ values[distance:]
        for bit in range(32):
            share = ((flipped >> bit) & 1).mean()
            assert abs(share - 0.5) < 6 * 0.5 / np.sqrt(N), (distance, bit)


def test_below_reaches_every_value_evenly() -> None:
    key = level_key(2**30 + 5, 0)
    for n in (2, 3, 13, 169):
        counts = np.bincount([below(key, 1, counter, n) for counter in range(4000)], minlength=n)
        assert len(counts) == n
        assert chisquare(counts).pvalue > ALMOST_NEVER
    assert below(key, 1, 0, 1) == 0


def test_no_two_levels_share_a_key() -> None:
    training, evaluation = many_keys(0, N, 0), many_keys(2**31 - N, N, 0)
    assert len({*training.tolist(), *evaluation.tolist()}) == 2 * N
    # It is so for all 2^31 of them, because the upper half is a bijection of the number.
    upper = np.concatenate([training, evaluation]) >> 32
    assert len(np.unique(upper)) == 2 * N


def test_no_attempt_repeats_the_one_before() -> None:
    keys = np.stack([many_keys(0, 64, attempt) for attempt in range(1024)])
    for level in range(64):
        assert len(np.unique(keys[:, level])) == 1024
    assert keys.min() >= 0


@pytest.mark.parametrize(("mix", "size"), [(mix32, 32), (mix31, 31)])
def test_mixing_loses_nothing(mix: Callable[[int], int], size: int) -> None:
    """Each step of the mixing can be undone; so no two numbers are mixed into one."""
    for x in [0, 1, 2, 2**size - 1, 2 ** (size - 1), *range(12345, 12345 + 200)]:
        assert unmixed(mix(x), size) == x


def unmixed(y: int, size: int) -> int:
    modulus = 2**size
    shifts = (16, 15, 16) if size == 32 else (15, 16, 15)
    factors = (0x7FEB352D, 0x846CA68B) if size == 32 else (0x2C1B3C6D, 0x297A2D39)
    for shift, factor in zip(shifts, (*factors[::-1], None), strict=True):
        high = y
        for _ in range(size // shift + 1):
            high = y ^ (high >> shift)
        y = high if factor is None else high * pow(factor, -1, modulus) % modulus
    return y


@pytest.mark.parametrize("alpha", [0.0, 0.01, 0.5, 1.0])
def test_the_share_is_alpha(alpha: float) -> None:
    n = 1 << 20
    found = share_of(0, n, round(alpha * 2**32))
    assert abs(found / n - alpha) <= 5 * np.sqrt(alpha * (1 - alpha) / n)


def test_a_level_in_a_share_is_in_every_larger_one() -> None:
    shares = [[in_share(level, round(a * 2**32)) for level in range(4096)] for a in (0.1, 0.3)]
    assert all(larger for smaller, larger in zip(*shares, strict=True) if smaller)


def test_streams_of_training_levels_do_not_meet() -> None:
    drawn = [many_draws(seed, 16, 1024) for seed in (0, 1, 2**40, 2**62)]
    values = np.concatenate([d.ravel() for d in drawn])
    # 2^16 of 2^32 numbers: about half a pair is equal by chance.
    assert len(values) - len(np.unique(values)) <= 5
